// The slide player. The page holds all slides of a route and reads from top to
// bottom without this script; with it, one slide is shown at a time.
//
//   place.js       slides, positions, addresses         stage.js    one slide at a position
//   fit.js         how large a slide is set             input.js    keys, clickers, fingers
//   transition.js  from one state of code to the next   controls.js buttons, progress
//   sync.js        windows in step                      print.js    one slide a page
//   panels.js      overview, go to, help                timer.js    the speaker's clock
//   presenter.js   the speaker's window                 theme.js    light and dark
//
// "?read" in the address leaves the page as it is, "?notes" prints the notes, too.

import { Controls } from "./controls.js";
import { fit, hang, refit } from "./fit.js";
import { listen } from "./input.js";
import { make } from "./html.js";
import { Goto, Help, Overview } from "./panels.js";
import { Deck, same } from "./place.js";
import { startPresenter } from "./presenter.js";
import { startPrint } from "./print.js";
import { show } from "./stage.js";
import { Sync } from "./sync.js";
import { startTheme, switchTheme } from "./theme.js";
import { cut, step, turn } from "./transition.js";

export class Player {
	constructor(main) {
		this.main = main;
		this.deck = new Deck(main);
		this.route = document.body.dataset.route ?? "";
		this.presenting = document.body.classList.contains("presenter");
		this.narrow = matchMedia("(max-width: 719.98px)");
		this.black = false;
		this.listeners = [];
		const placed = this.deck.parse(location.hash);
		this.place = placed ?? { slide: 0, position: 0 };
		unfold(this.presenting ? main : this.slide.element);

		main.tabIndex = -1;
		this.live = make("p", { class: "unseen", "aria-live": "polite" });
		this.cover = make("div", { class: "cover", hidden: true });
		document.body.append(this.live, this.cover);
		this.cover.addEventListener("click", () => this.act("black"));
		this.overview = new Overview(this);
		this.goto = new Goto(this);
		this.help = new Help(this);
		this.controls = new Controls(this);
		this.presenter = this.presenting ? startPresenter(this) : null;

		document.documentElement.classList.add("playing");
		this.arrange();
		this.presenter?.show(); // now its parts have their room
		this.narrow.addEventListener("change", () => this.arrange());
		this.write("replaceState");

		this.sync = new Sync("walkthrough-" + this.route, {
			presenter: this.presenting,
			placed: placed !== null,
			state: () => ({ id: this.slide.id, position: this.place.position, black: this.black }),
			apply: (state) => this.follow(state),
			request: (id, fields) => id === this.slide.id && this.request(fields),
		});
		listen(main, (what) => this.act(what), this.narrow);
		for (const event of ["popstate", "hashchange"]) {
			addEventListener(event, () => {
				const place = this.deck.parse(location.hash);
				if (place) this.go(place, "history");
			});
		}
		startPrint(this);
	}

	// watch fits the slide again when something comes in, such as an answer that
	// is longer than the one before.
	watch() {
		new MutationObserver(() => this.refit()).observe(this.main, { childList: true, subtree: true });
	}

	get slide() {
		return this.deck.slides[this.place.slide];
	}

	// act does what a key, a button or a finger asks for; false: nothing to do.
	act(what) {
		this.unfold();
		const { deck, place } = this;
		switch (what) {
			case "next":
			case "previous":
				return this.go(deck[what](place));
			case "nextSlide":
				return this.go({ slide: place.slide + 1, position: 0 });
			case "previousSlide":
				return this.go({ slide: place.slide - (place.position > 0 ? 0 : 1), position: 0 });
			case "first":
				return this.go({ slide: 0, position: 0 });
			case "last":
				return this.go(deck.last);
			case "overview":
			case "goto":
			case "help":
				return this[what].open();
			case "request":
				return this.request();
			case "black":
				return this.setBlack(!this.black);
			case "escape":
				return this.black ? this.setBlack(false) : false;
			case "theme":
				return this.say(switchTheme() === "dark" ? "Dark colours" : "Light colours");
			case "fullscreen":
				if (document.fullscreenElement) document.exitFullscreen();
				else document.documentElement.requestFullscreen?.().catch(() => {});
				return true;
			case "controls":
				return this.controls.toggle();
			case "presenter":
				return this.openOther();
			case "timer":
				return this.presenter ? this.presenter.toggle() : false;
		}
		return false;
	}

	// go moves to a place. how: "step" (one's own press), "jump" (chosen from a
	// list: the browser's back button returns), "history" (that button), "remote".
	go(place, how = "step") {
		this.unfold();
		place = this.deck.clamp(place);
		if (this.black && how !== "remote") this.setBlack(false);
		if (same(place, this.place)) return true;
		const before = this.place;
		delete this.slide.element.dataset.live; // what gave way to answers is there again
		this.place = place;
		if (before.slide !== place.slide) turn(() => this.draw());
		else if (this.presenting || Math.abs(before.position - place.position) > 1) cut(() => this.draw());
		else step(this.slide.element, before.position, place.position, () => this.draw());
		if (how !== "history") this.write(how === "jump" ? "pushState" : "replaceState");
		if (how !== "remote") this.sync.send();
		this.announce(before.slide !== place.slide);
		for (const listener of this.listeners) listener(before);
		return true;
	}

	// follow does what another window shows.
	follow({ id, position, black }) {
		const slide = this.deck.index.get(id);
		if (slide !== undefined) this.go({ slide, position }, "remote");
		if (black !== this.black) this.setBlack(black, true);
	}

	// arrange lays the slides out as a stage, or as a column on a phone.
	arrange() {
		const column = this.narrow.matches && !this.presenting;
		this.main.classList.toggle("stage", !column);
		this.main.classList.toggle("column", column);
		this.draw();
	}

	unfold() {
		unfold(this.main);
	}

	refit() {
		const { element } = this.slide;
		if (this.main.classList.contains("stage")) refit(element);
		else delete element.dataset.fitted;
	}

	// draw shows the place where the deck stands, whatever was shown before.
	draw() {
		const { element } = this.slide;
		const lost = this.main.contains(document.activeElement) && document.activeElement !== this.main && !element.contains(document.activeElement);
		for (const slide of this.deck.slides) slide.element.hidden = slide.element !== element;
		show(element, this.place.position);
		if (this.main.classList.contains("column")) hang(element);
		else fit(element);
		if (lost) this.main.focus({ preventScroll: true });
		if (this.drawn !== this.slide.index) this.main.scrollTop = 0;
		this.drawn = this.slide.index;
		document.title = `${this.slide.title} · ${this.slide.index + 1} of ${this.deck.slides.length}`;
		this.controls.update();
	}

	// write puts the place into the address. Browsers refuse that when it happens
	// too often; what counts is where one is in the end, so it is tried again.
	write(how) {
		clearTimeout(this.writing);
		const hash = this.deck.hash(this.place);
		try {
			if (location.hash !== hash) history[how](null, "", location.pathname + location.search + hash);
		} catch {
			// Once more below.
		}
		if (location.hash !== hash) this.writing = setTimeout(() => this.write("replaceState"), 400);
	}

	// request sends the request that is seen on the slide; with fields, as it was
	// sent in another window.
	request(fields) {
		const box = [...this.slide.element.querySelectorAll(".try[data-attached]")].find((box) => box.checkVisibility({ visibilityProperty: true }));
		if (!box) return fields ? false : this.say("There is no request on this slide.");
		const form = box.querySelector(".try-form");
		for (const [name, value] of Object.entries(fields ?? {})) form.elements[name].value = value;
		form.requestSubmit();
		if (!fields) this.sync.request(this.slide.id, Object.fromEntries(new FormData(form)));
		return true;
	}

	setBlack(black, remote = false) {
		this.black = black;
		this.cover.hidden = !black || this.presenting;
		document.body.classList.toggle("black", black);
		this.say(black ? "The screen is black. Press b to go on." : "The slide is shown again.");
		if (!remote) this.sync.send();
		for (const listener of this.listeners) listener(this.place);
		return true;
	}

	// announce tells a screen reader what has changed, once the presses pause.
	announce(turned) {
		this.turned ||= turned;
		clearTimeout(this.announcing);
		this.announcing = setTimeout(() => {
			const { slide, deck, place } = this;
			const seen = ".state:not(.off) .where, figcaption[data-from]:not(.off)";
			const news = [...slide.element.querySelectorAll(seen)].map((part) => spoken(part));
			const where = slide.positions > 1 ? `Position ${place.position + 1} of ${slide.positions}.` : "";
			const head = this.turned ? `Slide ${slide.index + 1} of ${deck.slides.length}: ${slide.title}.` : "";
			this.turned = false;
			this.say([head, where, ...news].filter(Boolean).join(" "));
		}, 150);
	}

	say(text) {
		this.live.textContent = text;
		return true;
	}

	openOther() {
		const address = `/slides/${this.route}/${this.presenting ? "" : "presenter"}${this.deck.hash(this.place)}`;
		const name = `walkthrough-${this.route}-${this.presenting ? "audience" : "presenter"}`;
		const opened = window.open(address, name, "popup,width=1280,height=760");
		if (!opened) this.say("The browser did not open a window. Allow pop-ups for this page, or open " + address);
		return true;
	}
}

// unfold makes elements of slides that came as text: to take them all apart
// before one is painted takes longer than painting it.
function unfold(root) {
	for (const kept of root.querySelectorAll("noscript")) kept.outerHTML = kept.textContent;
}

// spoken is the text of a part as a screen reader has it.
function spoken(part) {
	const copy = part.cloneNode(true);
	for (const sign of copy.querySelectorAll("[aria-hidden=true]")) sign.remove();
	return copy.textContent.replace(/\s+/g, " ").trim();
}

const main = document.getElementById("deck");
const query = new URLSearchParams(location.search);
startTheme();
document.body.classList.toggle("with-notes", query.has("notes"));
const player = main?.querySelector(":scope > .slide") && !query.has("read") ? new Player(main) : null;
if (!player) {
	unfold(document);
	document.documentElement.classList.add("reading");
}

// When the slide is painted, the others, and the script that sends requests.
setTimeout(() => {
	unfold(document);
	import("../try.js")
		.then(({ attach }) => attach(document))
		.catch((error) => console.warn(error))
		.finally(() => player?.watch());
}, 100);
