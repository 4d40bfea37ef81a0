// The speaker's window: the slide as the audience sees it, what comes next,
// the notes, and how the time stands. It moves the other windows and is moved
// by them.

import { fit } from "./fit.js";
import { make } from "./html.js";
import { onChange, recall, remember } from "./memory.js";
import { same } from "./place.js";
import { picture } from "./picture.js";
import { clock, Timer } from "./timer.js";

export function startPresenter(player) {
	return new Presenter(player);
}

const ROWS = [
	["slide", "This slide"],
	["section", "Section"],
	["talk", "Talk"],
];

class Presenter {
	constructor(player) {
		this.player = player;
		this.key = `walkthrough-${player.route}-timer`;
		// Minutes are written rounded; together they are those of the route.
		const sum = player.deck.slides.reduce((n, { minutes }) => n + minutes, 0);
		const scale = player.route / sum;
		this.slides = player.deck.slides.map(({ id, section, minutes }) => ({ id, section, minutes: minutes * scale }));
		this.load(recall(this.key));
		onChange(this.key, (saved) => this.load(saved));

		const button = (label, does, extra = {}) => make("button", { type: "button", onclick: does, ...extra }, label);
		this.time = make("p", { class: "desk-clock" });
		this.elapsed = make("p", { class: "desk-elapsed" });
		this.status = make("p", { class: "desk-status" });
		this.startButton = button("Start", () => this.toggle(), { title: "Start or pause (s)" });
		this.resetButton = button("Reset", () => this.reset());
		this.blackButton = button("Black", () => player.act("black"), { title: "Black screen (b)", "aria-pressed": "false" });
		const bar = make(
			"header",
			{ class: "desk-bar" },
			this.time,
			this.elapsed,
			this.status,
			make(
				"div",
				{ class: "desk-buttons" },
				this.startButton,
				this.resetButton,
				this.blackButton,
				button("Audience", () => player.openOther(), { title: "Open the audience’s window (p)" }),
			),
		);

		this.nextTitle = make("h2", { class: "desk-label" });
		this.nextSlide = make("div", { class: "desk-frame" });
		const next = make("section", { class: "desk-next", "aria-label": "Next" }, this.nextTitle, this.nextSlide);

		this.count = make("caption");
		this.table = make("tbody");
		this.rows = new Map(ROWS.map(([name, label]) => [name, this.row(label)]));
		const head = ["", "Spent", "Planned", ""].map((text) => make("th", { scope: "col" }, text));
		const plan = make("section", { class: "desk-plan", "aria-label": "Time" }, make("table", {}, this.count, make("thead", {}, make("tr", {}, ...head)), this.table));

		this.size = Number(recall("notes-size")) || 20;
		this.notes = make("div", { class: "desk-text", tabindex: "0", role: "region", "aria-label": "Speaker notes" });
		const notes = make(
			"section",
			{ class: "desk-notes" },
			make(
				"div",
				{ class: "desk-notes-head" },
				make("h2", { class: "desk-label" }, "Notes"),
				button("A−", () => this.resize(-2), { "aria-label": "Smaller notes" }),
				button("A+", () => this.resize(2), { "aria-label": "Larger notes" }),
			),
			this.notes,
		);
		player.main.before(bar);
		player.controls.element.before(next, plan, notes);
		this.resize(0);

		player.listeners.push((before) => this.moved(before));
		setInterval(() => this.tick(), 500);
	}

	row(label) {
		const row = { spent: make("td"), planned: make("td"), left: make("td"), bar: make("div", { class: "desk-done" }) };
		const meter = make("div", { class: "desk-meter", "aria-hidden": "true" }, row.bar);
		row.left.append((row.words = make("span")), meter);
		this.table.append(make("tr", {}, make("th", { scope: "row" }, label), row.spent, row.planned, row.left));
		return row;
	}

	load(saved) {
		try {
			this.timer = new Timer(this.slides, JSON.parse(saved));
		} catch {
			this.timer = new Timer(this.slides, null);
		}
	}

	save() {
		remember(this.key, JSON.stringify(this.timer.save()));
		this.tick();
	}

	// moved: the clock begins with the first step of the talk, if nobody has
	// started it before.
	moved(before) {
		const { slide, place } = this.player;
		if (this.timer.untouched && !same(before, place) && before.slide === 0) this.timer.start(slide.id, Date.now());
		if (this.timer.slide !== slide.id) this.timer.move(slide.id, Date.now());
		this.save();
		this.show();
	}

	toggle() {
		if (this.timer.running) this.timer.pause(Date.now());
		else this.timer.start(this.player.slide.id, Date.now());
		this.save();
		return true;
	}

	// reset asks once more: the button must be pressed twice.
	reset() {
		clearTimeout(this.asking);
		if (this.resetButton.textContent === "Reset") {
			this.resetButton.textContent = "Really?";
			this.asking = setTimeout(() => (this.resetButton.textContent = "Reset"), 3000);
			return;
		}
		this.resetButton.textContent = "Reset";
		this.timer.reset();
		this.save();
	}

	resize(by) {
		this.size = Math.min(40, Math.max(14, this.size + by));
		this.notes.style.fontSize = this.size + "px";
		remember("notes-size", this.size);
	}

	// show draws what belongs to the place: notes, what comes next.
	show() {
		const { deck, place, slide, black } = this.player;
		if (this.noted !== slide.id) {
			this.noted = slide.id;
			const copy = slide.element.querySelector(".notes").cloneNode(true);
			for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
			copy.querySelector(".planned").remove(); // it stands in the table
			this.notes.replaceChildren(...copy.childNodes);
			this.notes.scrollTop = 0;
		}
		const presses = slide.positions - 1; // as the notes count: the first press shows position 1
		const made = presses > 0 ? `, ${place.position} of ${presses} ${presses > 1 ? "presses" : "press"}` : "";
		this.count.textContent = `Slide ${slide.index + 1} of ${deck.slides.length}${made}`;
		const next = deck.next(place);
		if (same(next, place)) {
			this.nextTitle.textContent = "This is the end";
			this.nextSlide.replaceChildren();
		} else {
			const coming = deck.slides[next.slide];
			this.nextTitle.textContent = next.slide === place.slide ? `Next: press ${next.position} of ${presses}` : `Next: ${coming.title}`;
			this.nextSlide.replaceChildren(picture(coming, next.position));
			fit(this.nextSlide.querySelector(".slide"));
		}
		this.blackButton.textContent = black ? "Screen is black" : "Black";
		this.blackButton.setAttribute("aria-pressed", black);
		this.tick();
	}

	tick() {
		const now = Date.now();
		const report = this.timer.report(this.player.place.slide, now);
		write(this.time, new Date(now).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
		write(this.elapsed, `${clock(report.talk.spent)} of ${clock(report.talk.planned)}`);
		write(this.status, standing(report.ahead, this.timer, this.player.place.slide));
		this.status.dataset.standing = this.timer.untouched || Math.abs(report.ahead) < 1000 ? "right" : report.ahead > 0 ? "ahead" : "behind";
		write(this.startButton, this.timer.running ? "Pause" : this.timer.untouched ? "Start" : "Go on");
		for (const [name, row] of this.rows) {
			const { spent, planned } = report[name];
			write(row.spent, clock(spent));
			write(row.planned, clock(planned));
			write(row.words, spent > planned ? clock(spent - planned) + " over" : clock(planned - spent) + " left");
			row.left.classList.toggle("over", spent > planned);
			row.bar.style.transform = `scaleX(${planned > 0 ? Math.min(1, spent / planned) : 1})`;
		}
	}
}

// standing says in words how the talk stands. The clock begins by itself only
// from the first slide; see moved.
function standing(ahead, timer, slide) {
	if (timer.untouched) return slide === 0 ? "begins with the first press" : "begins with Start";
	const words = Math.abs(ahead) < 1000 ? "on time" : clock(ahead) + (ahead > 0 ? " ahead" : " behind");
	return timer.running ? words : words + ", paused";
}

// write changes a text only when it is another: what stays is not read out again.
function write(element, text) {
	if (element.textContent !== text) element.textContent = text;
}
