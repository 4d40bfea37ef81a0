// Small still copies of slides: for the overview and for what comes next.

import { show, unfold } from "./stage.js";

// picture is a copy of a slide at a position. It holds only what is seen and
// cannot be reached.
export function picture(slide, position) {
	unfold(slide.element);
	const copy = slide.element.cloneNode(true);
	show(copy, position);
	for (const part of copy.querySelectorAll(".state.off, figcaption.off, .notes")) part.remove();
	rename(copy);
	for (const part of copy.querySelectorAll("a, button, textarea, input, summary, [tabindex]")) part.tabIndex = -1;
	copy.hidden = false;
	copy.inert = true;
	copy.setAttribute("aria-hidden", "true");
	copy.removeAttribute("aria-labelledby");
	const frame = document.createElement("div");
	frame.className = "frame";
	frame.append(copy);
	return frame;
}

let copies = 0;

// rename gives a copy ids of its own; what points at an id within it follows
// (the arrow heads of a picture).
function rename(copy) {
	const suffix = "-copy" + ++copies;
	const ids = new Set();
	for (const part of copy.querySelectorAll("[id]")) ids.add(part.id);
	for (const part of [copy, ...copy.querySelectorAll("*")]) {
		for (const { name, value } of [...part.attributes]) {
			if (name === "id") part.id = value + suffix;
			else if (value.startsWith("#") && ids.has(value.slice(1))) part.setAttribute(name, value + suffix);
			else if (value.startsWith("url(#")) part.setAttribute(name, value.replace(/#([^)]+)/, (_, id) => "#" + id + suffix));
		}
	}
}
