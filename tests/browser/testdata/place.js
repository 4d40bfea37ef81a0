// Where the page says that it is, and the positions that go with what is seen:
// {Address, Seen}.
() => {
	const visible = { visibilityProperty: true, opacityProperty: true };
	const shown = [...document.querySelectorAll("#deck > .slide")].filter((slide) => slide.checkVisibility());
	const Seen = shown.flatMap((slide) => {
		const parts = [...slide.querySelectorAll("[data-from], [data-to]")].filter((part) => {
			const outer = part.parentElement.closest("[data-from], [data-to], .slide");
			return !part.closest(".notes") && outer.checkVisibility(visible);
		}).map((part) => ({ from: Number(part.dataset.from ?? 0), to: Number(part.dataset.to ?? Infinity), there: part.checkVisibility(visible) }));
		const fits = [];
		for (let p = 0; p < Number(slide.dataset.positions); p++) {
			const right = parts.every(({ from, to, there }) => (from <= p && p <= to) === there);
			if (right) fits.push(slide.id + (p ? "/" + p : ""));
		}
		return fits.length ? fits : ["none of " + slide.id];
	});
	// The part of the address after the path of the deck.
	const Address = (location.pathname + location.hash).slice(document.getElementById("deck").dataset.at.length);
	return { Address, Seen: shown.length === 1 ? Seen.join(" ") : shown.length + " slides" };
}
