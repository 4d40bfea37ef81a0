// Showing one slide at one position. Whatever is not to be seen yet gets the
// class "off"; it keeps its room, so that nothing jumps when it appears.

import { shown } from "./place.js";

// show sets a slide, or a copy of one, to a position.
export function show(element, position) {
	for (const part of element.querySelectorAll("[data-from], [data-to]")) {
		part.classList.toggle("off", !shown(part, position));
	}
	for (const state of element.querySelectorAll("figure.code .state")) {
		mark(state, state.classList.contains("off") ? -1 : position);
	}
}

// mark lets the lines of a position stand out; the others are dimmed, unless
// no line is marked there.
function mark(state, position) {
	let any = false;
	for (const line of state.querySelectorAll(".line[data-mark]")) {
		const stands = line.dataset.mark.split(/[\s,]+/).includes(String(position));
		line.classList.toggle("stands", stands);
		any ||= stands;
	}
	state.classList.toggle("marked", any);
}

// stateAt is the state of a code figure that is seen at a position.
export function stateAt(figure, position) {
	return [...figure.querySelectorAll(".state")].find((state) => shown(state, position)) ?? null;
}

// picture is a small still copy of a slide at a position: for the overview and
// for what comes next. It holds only what is seen and cannot be reached.
export function picture(slide, position) {
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
