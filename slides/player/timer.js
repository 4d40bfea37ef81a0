// The speaker's clock: how much of the planned time each slide has taken.
// Times are in milliseconds, moments as Date.now() gives them.

const MINUTE = 60_000;
const NIGHT = 240 * MINUTE; // no slide takes as long: the window was closed with the clock running

export class Timer {
	// slides need id, section and minutes (planned).
	constructor(slides, saved, now = Date.now()) {
		this.slides = slides;
		this.spent = new Map(Object.entries(saved?.spent ?? {}));
		this.slide = saved?.slide ?? null; // id of the slide that the clock runs for
		this.since = saved?.since ?? null; // null: it stands still
		if (this.running && now - this.since > NIGHT) this.since = null;
	}

	save() {
		return { spent: Object.fromEntries(this.spent), slide: this.slide, since: this.since };
	}

	get running() {
		return this.since !== null;
	}

	get untouched() {
		return !this.running && this.spent.size === 0;
	}

	start(id, now) {
		if (!this.running) this.since = now;
		this.slide = id;
	}

	pause(now) {
		this.book(now);
		this.since = null;
	}

	reset() {
		this.spent.clear();
		this.since = null;
	}

	// move goes on to another slide.
	move(id, now) {
		this.book(now);
		this.slide = id;
	}

	book(now) {
		if (!this.running) return;
		this.spent.set(this.slide, this.of(this.slide, now));
		this.since = now;
	}

	// of is the time spent on one slide.
	of(id, now) {
		const running = this.running && id === this.slide ? Math.max(0, now - this.since) : 0;
		return (this.spent.get(id) ?? 0) + running;
	}

	// report is how a slide, its section and the talk stand.
	report(index, now) {
		const here = this.slides[index];
		const sum = (slides, value) => slides.reduce((n, slide) => n + value(slide), 0);
		const planned = (slides) => sum(slides, ({ minutes }) => minutes * MINUTE);
		const spent = (slides) => sum(slides, ({ id }) => this.of(id, now));
		const section = this.slides.filter((slide) => slide.section === here.section);
		const elapsed = spent(this.slides);
		const begin = planned(this.slides.slice(0, index));
		const end = begin + here.minutes * MINUTE;
		// By the plan one is on this slide from begin to end. Later than that is
		// behind (negative), earlier ahead.
		const ahead = elapsed > end ? end - elapsed : elapsed < begin ? begin - elapsed : 0;
		return {
			slide: { spent: this.of(here.id, now), planned: here.minutes * MINUTE },
			section: { spent: spent(section), planned: planned(section) },
			talk: { spent: elapsed, planned: planned(this.slides) },
			ahead,
		};
	}
}

// clock writes a time as minutes and seconds: 4:05, 61:00. Sums of parts of
// minutes are not exact, so whole milliseconds come first.
export function clock(milliseconds) {
	const seconds = Math.floor(Math.round(Math.abs(milliseconds)) / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
