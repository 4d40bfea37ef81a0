// What stands below a slide: its section, its number, a thin bar of progress,
// and buttons that come when the pointer moves or one of them has the focus.
// On a phone they are always there.

import { make } from "./html.js";

const LINGER = 2500; // milliseconds that the buttons stay

const BUTTONS = [
	["previous", "Back", "Left arrow"],
	["next", "Next", "Right arrow"],
	["overview", "Overview", "o"],
	["goto", "Go to", "g"],
	["presenter", "Presenter", "p"],
	["fullscreen", "Full screen", "f"],
	["theme", "Light or dark", "d"],
	["help", "Help", "?"],
];

export class Controls {
	constructor(player) {
		this.player = player;
		this.section = make("p", { class: "foot-section" });
		this.count = make("p", { class: "foot-count" });
		this.bar = make("div", { class: "foot-done" });
		const button = ([what, label, key]) =>
			make("button", { type: "button", class: "do-" + what, title: `${label} (${key})`, onclick: () => player.act(what) }, label);
		this.buttons = make("nav", { class: "foot-buttons", "aria-label": "Slides" }, ...BUTTONS.map(button));
		this.element = make(
			"footer",
			{ class: "foot" },
			this.section,
			this.buttons,
			this.count,
			make("div", { class: "foot-bar", "aria-hidden": "true" }, this.bar),
		);
		player.main.after(this.element);
		addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake(), { passive: true });
	}

	wake() {
		document.body.classList.add("pointing");
		clearTimeout(this.sleeping);
		this.sleeping = setTimeout(() => document.body.classList.remove("pointing"), LINGER);
	}

	toggle() {
		clearTimeout(this.sleeping);
		document.body.classList.toggle("pointing");
		return true;
	}

	update() {
		const { deck, place, slide } = this.player;
		const n = deck.slides.length;
		this.section.textContent = slide.section;
		this.count.textContent = `${slide.index + 1} of ${n}`;
		const done = n > 1 ? (slide.index + place.position / slide.positions) / (n - 1) : 1;
		this.bar.style.transform = `scaleX(${Math.min(done, 1)})`;
	}
}
