// Showing one slide at one position. Whatever is not to be seen yet gets the
// class "off"; it keeps its room, so that nothing jumps when it appears.

import { shown } from "./place.js";

const TAB = 4;
const HANG = 4; // columns that a line which wraps hangs by, besides its depth: deck.css says so, too

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

// The sizes that fit tries, from the largest to the smallest allowed: of a title
// in one line, of text, and of code with the height of its lines, in pixels of a stage 1280 wide.
const WIDTH = 1280;
const TITLE = [42, 40, 38];
const PLAIN = [36, 34, 32, 30, 28, 26, 24];
const BESIDE = [30, 28, 27, 26, 25, 24];
const CODE = [[26, 1.4], [24, 1.4], [23, 1.4], [22, 1.4], [21, 1.36], [20, 1.33], [19, 1.32]];

// fit finds the largest type in which a slide fits on its stage, all positions
// at once: sizes do not change while one steps through. The stage scales as a
// whole, so this is done once.
export function fit(element) {
	if (element.dataset.fitted) return;
	const content = element.querySelector(".content");
	if (!content || content.clientHeight === 0) return;
	hang(element);
	fitTitle(element);
	const text = content.querySelector("figure, pre, table, .try") ? BESIDE : PLAIN;
	const lines = [...content.querySelectorAll("figure.code .line")];
	const mono = content.querySelector("pre") !== null;
	const trace = content.querySelector(".trace") !== null;
	const drawings = [...content.querySelectorAll("figure > svg")];
	const set = (t, c) => {
		element.style.setProperty("--text", text[t]);
		element.style.setProperty("--code", CODE[c][0]);
		element.style.setProperty("--leading", CODE[c][1]);
	};
	set(0, 0);
	for (let t = 0, c = unwrapped(lines); ; ) {
		set(t, c);
		const tall =
			isFull(content) ||
			content.scrollWidth > content.clientWidth + 1 ||
			drawings.some((svg) => svg.getScreenCTM()?.a < (0.99 * element.offsetWidth) / WIDTH);
		const wide = lines.some((line) => line.offsetHeight > 1.5 * lineHeight(line));
		// Code gives way first while it is still large, then a trace goes on in a
		// second column, then text, then code again, then the room around them. At
		// last answers that somebody has asked for are alone, and may scroll.
		if (tall && c >= 3 && trace && !("columns" in element.dataset)) element.dataset.columns = "";
		else if (mono && c + 1 < CODE.length && (wide || (tall && (c < 3 || t + 1 === text.length)))) c++;
		else if (tall && t + 1 < text.length) t++;
		else if (tall && !("tight" in element.dataset)) element.dataset.tight = "";
		else if (tall && !("live" in element.dataset) && content.querySelector(".try-status:not(:empty)")) element.dataset.live = "";
		else break;
	}
	element.dataset.fitted = "yes";
}

// refit fits a slide again whose content has changed.
export function refit(element) {
	for (const name of ["fitted", "columns", "tight", "live"]) delete element.dataset[name];
	fit(element);
}

// isFull tells whether content, or answers in it, need more height than there is.
export function isFull(content) {
	return [content, ...content.querySelectorAll(".try pre, .answers")].some((box) => box.scrollHeight > box.clientHeight + 1);
}

// fitTitle keeps a title in one line where a little less size does it.
function fitTitle(element) {
	const title = element.querySelector("h2");
	if (!title || element.classList.contains("layout-title")) return;
	for (const size of [...TITLE, TITLE[0]]) {
		element.style.setProperty("--title", size);
		if (title.offsetHeight < 1.7 * Number.parseFloat(getComputedStyle(title).fontSize)) return;
	}
}

// unwrapped is the first size of code at which no line wraps, or the last one.
// It is reckoned from the sizes as they are, which are the largest: each attempt
// would lay the slide out again.
function unwrapped(lines) {
	let most = 0; // of its room that a line takes
	for (const line of lines) {
		if (line.offsetWidth === 0) continue;
		const { paddingLeft, paddingRight, textIndent } = getComputedStyle(line);
		const [left, right, hanging] = [paddingLeft, paddingRight, textIndent].map(Number.parseFloat);
		const column = -hanging / (Number(line.dataset.depth) + HANG);
		most = Math.max(most, (left + right + hanging + columns(line.textContent) * column) / line.offsetWidth);
	}
	const found = CODE.findIndex(([size]) => (size / CODE[0][0]) * most < 1.01);
	return found < 0 ? CODE.length - 1 : found;
}

function lineHeight(line) {
	return Number.parseFloat(getComputedStyle(line).lineHeight) || Infinity;
}

// hang gives each line of code its depth, so that what wraps hangs under it.
export function hang(element) {
	for (const line of element.querySelectorAll("figure.code .line:not([data-depth])")) {
		const depth = columns(/^[\t ]*/.exec(line.textContent)[0]);
		line.dataset.depth = depth;
		line.style.setProperty("--depth", depth);
	}
}

// columns is the width of a text in a fixed font.
function columns(text) {
	let n = 0;
	for (const c of text) n += c === "\t" ? TAB - (n % TAB) : 1;
	return n;
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
