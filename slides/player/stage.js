// Showing one slide at one position. Whatever is not to be seen yet gets the
// class "off"; it keeps its room, so that nothing jumps when it appears.

import { fit, hang, refit } from "./fit.js";
import { Deck, shown } from "./place.js";

// Stage shows one slide of a deck at a time: on a stage that scales with the
// window or, on a phone, as a column.
export class Stage {
	constructor(main) {
		this.main = main;
		this.deck = new Deck(main);
		this.presenting = document.body.classList.contains("presenter");
		this.narrow = matchMedia("(max-width: 719.98px)");
	}

	get column() {
		return this.narrow.matches && !this.presenting;
	}

	// draw shows a place, whatever was shown before.
	draw({ slide, position }) {
		document.documentElement.classList.add("playing");
		this.main.classList.toggle("stage", !this.column);
		this.main.classList.toggle("column", this.column);
		const { element } = this.deck.slides[slide];
		unfold(element);
		for (const other of this.deck.slides) other.element.hidden = other.element !== element;
		show(element, position);
		if (this.column) hang(element);
		else fit(element);
	}

	// leave lets the slides stand one under the other again.
	leave() {
		document.documentElement.classList.remove("playing");
		this.main.classList.remove("stage", "column");
		for (const { element } of this.deck.slides) element.hidden = isNamed(element);
	}

	// refit sets the slide of a place again when its content has changed.
	refit({ slide }) {
		const { element } = this.deck.slides[slide];
		if (this.column) delete element.dataset.fitted;
		else refit(element);
	}
}

let attach = () => {};

// attachWith says how forms send requests in place.
export function attachWith(does) {
	attach = does;
}

// unfold makes elements of slides that came as text: most are never seen, and to
// take them all apart takes longer than painting one.
export function unfold(root) {
	for (const kept of root.querySelectorAll("noscript")) kept.outerHTML = kept.textContent;
	attach(root);
}

// isNamed tells of a slide that the page of another one only names.
export function isNamed(element) {
	return element.childElementCount < 2;
}

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
