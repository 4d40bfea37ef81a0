// What hinders reading a deck without a script: hidden text, and slides that
// lie over each other.
() => {
	const faults = [];
	let below = 0;
	const slides = document.querySelectorAll("#deck > .slide");
	for (const slide of slides) slide.style.contentVisibility = "visible"; // else those far away have no layout
	for (const slide of slides) {
		const box = slide.getBoundingClientRect();
		if (!slide.checkVisibility() || box.height < 40) faults.push(`#${slide.id} is not to be seen`);
		if (box.top < below - 1) faults.push(`#${slide.id} lies over the slide before`);
		below = box.bottom;
		if (slide.scrollHeight > slide.clientHeight + 1) faults.push(`#${slide.id} is lower than what it holds, by ${slide.scrollHeight - slide.clientHeight}`);
		for (const part of slide.querySelectorAll(".content p, .content li, .content pre, .content svg, .content td, .content figcaption, .notes p")) {
			if (part.closest("details:not([open])")) continue;
			if (part.matches(".unseen") || part.closest(".unseen")) continue;
			if (!part.checkVisibility({ visibilityProperty: true, opacityProperty: true })) faults.push(`#${slide.id}: “${part.textContent.trim().slice(0, 50)}” cannot be read`);
		}
	}
	const width = document.documentElement.scrollWidth - innerWidth;
	if (width > 1) faults.push(`the page is ${width} px too wide`);
	return faults;
}
