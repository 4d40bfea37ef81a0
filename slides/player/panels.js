// Dialogs over the slides: the overview, "go to", and help. The browser's own
// <dialog> keeps the focus inside and gives it back.

import { fit } from "./fit.js";
import { make } from "./html.js";
import { picture } from "./picture.js";

class Panel {
	// key opens and closes it.
	constructor(player, name, label, key) {
		this.player = player;
		const heading = make("h2", { id: "panel-" + name }, label);
		const close = make("button", { type: "button", class: "panel-close", onclick: () => this.dialog.close() }, "Close");
		this.dialog = make("dialog", { class: "panel panel-" + name, "aria-labelledby": heading.id }, make("div", { class: "panel-head" }, heading, close));
		this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
		this.dialog.addEventListener("keydown", (event) => {
			if (event.key.toLowerCase() === key && !event.target.matches("input")) {
				event.preventDefault(); // else the same key would open it again
				this.dialog.close();
			}
		});
		document.body.append(this.dialog);
	}

	open() {
		if (!this.dialog.open) {
			this.fill();
			this.dialog.showModal();
			this.ready();
		}
		return true;
	}

	ready() {}

	// link leads to a slide, and closes the dialog.
	link(slide, ...children) {
		const follow = (event) => {
			event.preventDefault();
			this.dialog.close();
			this.player.go({ slide: slide.index, position: 0 }, "jump");
		};
		const current = slide.index === this.player.place.slide ? "true" : null;
		return make("a", { href: this.player.deck.address({ slide: slide.index, position: 0 }), "aria-current": current, onclick: follow }, ...children);
	}
}

// Overview is a grid of all slides under the names of their sections. Pictures
// are made when they come into sight.
export class Overview extends Panel {
	constructor(player) {
		super(player, "overview", "Overview", "o");
		this.dialog.addEventListener("keydown", (event) => this.key(event));
		this.dialog.addEventListener("close", () => this.body.remove());
	}

	fill() {
		const { slides } = this.player.deck;
		this.body = make("div", { class: "overview" });
		this.links = [];
		for (let i = 0; i < slides.length; ) {
			const list = make("ol", { start: i + 1 });
			const { section } = slides[i];
			for (; i < slides.length && slides[i].section === section; i++) {
				const frame = make("div", { class: "frame", "data-slide": i });
				const title = make("span", { class: "overview-title" }, make("span", {}, i + 1), " ", slides[i].title);
				const link = this.link(slides[i], frame, title);
				link.className = "overview-link";
				this.links.push(link);
				list.append(make("li", {}, link));
			}
			this.body.append(make("section", {}, make("h3", {}, section), list));
		}
		this.dialog.append(this.body);
	}

	ready() {
		const { slides } = this.player.deck;
		const seen = new IntersectionObserver(
			(entries) => {
				for (const { isIntersecting, target } of entries) {
					if (isIntersecting) {
						const slide = slides[target.dataset.slide];
						target.replaceChildren(...picture(slide, slide.positions - 1).childNodes);
						fit(target.firstElementChild);
					} else {
						target.replaceChildren();
					}
				}
			},
			{ root: this.dialog, rootMargin: "200px" },
		);
		for (const frame of this.body.querySelectorAll(".frame")) seen.observe(frame);
		this.dialog.addEventListener("close", () => seen.disconnect(), { once: true });
		const here = this.links[this.player.place.slide];
		here.focus();
		here.scrollIntoView({ block: "center" });
	}

	// key moves in the grid: left and right in order, up and down to the link
	// that is nearest in the next row.
	key(event) {
		const { links } = this;
		const at = links.indexOf(document.activeElement);
		const goal = {
			ArrowRight: () => links[at + 1],
			ArrowLeft: () => links[at - 1],
			ArrowDown: () => this.row(at, 1),
			ArrowUp: () => this.row(at, -1),
			PageDown: () => links[at + 1],
			PageUp: () => links[at - 1],
			Home: () => links[0],
			End: () => links.at(-1),
			" ": () => links[at]?.click(),
		}[event.key];
		if (!goal || (at < 0 && event.key === " ")) return;
		event.preventDefault();
		goal()?.focus();
	}

	row(at, way) {
		const box = (link) => link.getBoundingClientRect();
		const from = box(this.links[at] ?? this.links[0]);
		let best;
		for (let i = at + way; i >= 0 && i < this.links.length; i += way) {
			const to = box(this.links[i]);
			if (Math.abs(to.top - from.top) < 2) continue;
			if (best && Math.abs(to.top - box(best).top) >= 2) break;
			if (!best || Math.abs(to.left - from.left) < Math.abs(box(best).left - from.left)) best = this.links[i];
		}
		return best;
	}
}

// Goto finds a slide by its number or by words of its title.
export class Goto extends Panel {
	constructor(player) {
		super(player, "goto", "Go to", "g");
		this.input = make("input", { id: "goto-text", autocomplete: "off", spellcheck: "false", oninput: () => this.list() });
		this.found = make("ol", { class: "goto-list" });
		this.count = make("p", { class: "unseen", "aria-live": "polite" });
		const first = (event) => {
			event.preventDefault();
			this.found.querySelector("a")?.click();
		};
		const label = make("label", { for: "goto-text" }, "Number or words of the title");
		this.dialog.append(make("form", { onsubmit: first }, label, this.input), this.count, this.found);
		this.dialog.addEventListener("keydown", (event) => this.key(event));
	}

	fill() {
		this.input.value = "";
		this.list();
	}

	ready() {
		this.input.focus();
	}

	list() {
		const text = this.input.value.trim().toLowerCase();
		const { slides } = this.player.deck;
		const number = /^\d+$/.test(text);
		const fits = (slide) =>
			number ? String(slide.index + 1).startsWith(text) : text.split(/\s+/).every((word) => `${slide.title} ${slide.section} ${slide.id}`.toLowerCase().includes(word));
		// The number itself comes before longer ones that begin with it.
		const found = slides.filter(fits);
		this.found.replaceChildren(
			...found.map((slide) => make("li", {}, this.link(slide, make("span", {}, slide.index + 1), " ", slide.title))),
		);
		this.count.textContent = found.length === 0 ? `None of the ${slides.length} slides.` : found.length === 1 ? "1 slide" : `${found.length} slides`;
		this.count.classList.toggle("unseen", found.length > 0); // the list says it
	}

	key(event) {
		const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!way) return;
		event.preventDefault();
		const stops = [this.input, ...this.found.querySelectorAll("a")];
		stops[stops.indexOf(document.activeElement) + way]?.focus();
	}
}

const HELP = [
	["→ ↓ Space Page down", "on"],
	["← ↑ Page up", "back"],
	["Shift + → or ←", "a whole slide on or back"],
	["Home End", "first, last slide"],
	["o", "overview of all slides"],
	["g", "go to a number or a title"],
	["p", "presenter’s window: notes, clock, what comes next"],
	["r", "send the request on the slide, in the other window too"],
	["b or .", "black screen"],
	["f", "full screen"],
	["d", "dark or light"],
	["s", "presenter: start or pause the clock"],
	["Esc", "leave a field, close a window like this one"],
];

export class Help extends Panel {
	constructor(player) {
		super(player, "help", "Help", "?");
		const keys = make("dl");
		for (const [names, does] of HELP) keys.append(make("dt", {}, names), make("dd", {}, does));
		this.dialog.append(
			make("p", { class: "help-touch" }, "Swipe to go on and back, or tap near the right or left edge."),
			keys,
			make(
				"p",
				{ class: "help-links" },
				make("button", { type: "button", onclick: () => player.act("theme") }, "Light or dark"),
				make("a", { href: player.deck.at + "?read" }, "All slides on one page to read"),
				make("a", { href: player.deck.at + "?notes" }, "With notes, to print"),
				...[...document.querySelectorAll(".deck-head a")].map((link) => link.cloneNode(true)),
			),
		);
	}

	fill() {}
}
