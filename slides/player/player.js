// The player: what presses, fingers, the address and other windows do to the
// deck. deck.js calls it in when the first slide is there.

import { Controls } from "./controls.js";
import { listen } from "./input.js";
import { make } from "./html.js";
import { Goto, Help, Overview } from "./panels.js";
import { FIRST, same } from "./place.js";
import { startPresenter } from "./presenter.js";
import { startPrint } from "./print.js";
import { Sync } from "./sync.js";
import { switchTheme } from "./theme.js";
import { cut, step, turn } from "./transition.js";

export class Player {
	constructor(stage) {
		const { main, deck, presenting } = stage;
		Object.assign(this, { stage, main, deck, presenting });
		this.route = Number(main.dataset.route); // minutes
		this.black = false;
		this.listeners = [];
		const placed = deck.parse(location);
		this.place = placed ?? FIRST;

		this.live = make("p", { class: "unseen", "aria-live": "polite" });
		this.cover = make("div", { class: "cover", hidden: true });
		document.body.append(this.live, this.cover);
		this.cover.addEventListener("click", () => this.act("black"));
		this.overview = new Overview(this);
		this.goto = new Goto(this);
		this.help = new Help(this);
		this.controls = new Controls(this);
		this.presenter = presenting ? startPresenter(this) : null;

		this.draw();
		this.presenter?.show(); // now its parts have their room
		stage.narrow.addEventListener("change", () => this.draw());
		this.write("replaceState");

		this.sync = new Sync("walkthrough-" + this.route, {
			presenter: presenting,
			placed: placed !== null,
			state: () => ({ id: this.slide.id, position: this.place.position, black: this.black }),
			apply: (state) => this.follow(state),
			request: (id, fields) => id === this.slide.id && this.request(fields),
		});
		listen(main, (what) => this.act(what), stage.narrow);
		addEventListener("popstate", () => {
			const place = deck.parse(location);
			if (place) this.go(place, "history");
		});
		startPrint(this);
	}

	// watch fits the slide again when something comes in, such as an answer that
	// is longer than the one before.
	watch() {
		new MutationObserver(() => this.stage.refit(this.place)).observe(this.main, { childList: true, subtree: true });
	}

	get slide() {
		return this.deck.slides[this.place.slide];
	}

	// act does what a key, a button or a finger asks for; false: nothing to do.
	act(what) {
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
				return this.go(FIRST);
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
		place = this.deck.clamp(place);
		if (this.black && how !== "remote") this.setBlack(false);
		if (same(place, this.place)) return true;
		const before = this.place;
		delete this.slide.element.dataset.live; // what gave way to answers is there again
		this.place = place;
		if (before.slide !== place.slide) turn(() => this.draw());
		else if (this.presenting || Math.abs(before.position - place.position) > 1) cut(() => this.draw());
		else step(this.slide.element, before.position, place.position, () => this.draw());
		this.write(how === "jump" ? "pushState" : "replaceState");
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

	// draw shows the place where the deck stands, whatever was shown before.
	draw() {
		const { element } = this.slide;
		const lost = this.main.contains(document.activeElement) && document.activeElement !== this.main && !element.contains(document.activeElement);
		this.stage.draw(this.place);
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
		const address = this.deck.address(this.place);
		const written = () => location.pathname + location.hash === address;
		try {
			if (!written()) history[how](null, "", address + location.search);
		} catch {
			// Once more below.
		}
		if (!written()) this.writing = setTimeout(() => this.write("replaceState"), 400);
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
		const here = this.deck.address(this.place);
		const address = this.presenting ? here.replace("presenter/", "") : here.replace(/\d+\//, "$&presenter/");
		const name = `walkthrough-${this.route}-${this.presenting ? "audience" : "presenter"}`;
		const opened = window.open(address, name, "popup,width=1280,height=760");
		if (!opened) this.say("The browser did not open a window. Allow pop-ups for this page, or open " + address);
		return true;
	}
}

// spoken is the text of a part as a screen reader has it.
function spoken(part) {
	const copy = part.cloneNode(true);
	for (const sign of copy.querySelectorAll("[aria-hidden=true]")) sign.remove();
	return copy.textContent.replace(/\s+/g, " ").trim();
}
