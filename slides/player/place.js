// A deck is a list of slides, and a slide has positions 0, 1, 2 …: a press of
// the key goes on by one position, and from the last one to the next slide.
// A place is {slide, position}, both counted from 0. An address ends in it:
// "layer/3", and "layer" at position 0. Nothing here touches the page.

export const FIRST = { slide: 0, position: 0 };

export class Deck {
	constructor(main) {
		this.at = main.dataset.at; // the path of the deck
		this.slides = [...main.querySelectorAll(":scope > .slide")].map((element, index) => ({
			index,
			element,
			id: element.id,
			title: element.querySelector("h2").textContent.trim(),
			section: element.dataset.section,
			minutes: Number(element.dataset.minutes),
			positions: Number(element.dataset.positions),
		}));
		this.index = new Map(this.slides.map((slide) => [slide.id, slide.index]));
	}

	get last() {
		return this.end(this.slides.length - 1);
	}

	// end is the last position of a slide.
	end(slide) {
		return { slide, position: this.slides[slide].positions - 1 };
	}

	// clamp gives the nearest place that exists.
	clamp({ slide, position }) {
		const index = between(slide, 0, this.slides.length - 1);
		return { slide: index, position: between(position, 0, this.slides[index].positions - 1) };
	}

	next({ slide, position }) {
		if (position + 1 < this.slides[slide].positions) return { slide, position: position + 1 };
		if (slide + 1 < this.slides.length) return { slide: slide + 1, position: 0 };
		return { slide, position };
	}

	// previous goes back as one came: to the end of the slide before.
	previous({ slide, position }) {
		if (position > 0) return { slide, position: position - 1 };
		if (slide > 0) return this.end(slide - 1);
		return { slide, position };
	}

	address({ slide, position }) {
		return this.at + this.slides[slide].id + (position > 0 ? "/" + position : "");
	}

	// parse reads an address; what follows "#" comes first. null: no slide of this deck.
	parse({ hash, pathname }) {
		for (const end of [hash.slice(1), pathname.slice(this.at.length)]) {
			const [id, position] = end.split("/");
			const slide = this.index.get(id);
			if (slide !== undefined) return this.clamp({ slide, position: Number.parseInt(position, 10) || 0 });
		}
		return null;
	}
}

export function same(a, b) {
	return a.slide === b.slide && a.position === b.position;
}

// shown tells whether an element with data-from and data-to is seen at a position.
export function shown(element, position) {
	const { from, to } = element.dataset;
	return Number(from ?? 0) <= position && position <= Number(to ?? Infinity);
}

function between(n, low, high) {
	return Math.min(Math.max(n, low), high);
}
