// What is cut of slides that are laid out to be printed.
() => {
	const faults = [];
	for (const slide of document.querySelectorAll("#deck > .slide")) {
		for (const box of [slide, ...slide.querySelectorAll(".content, pre, .answers, textarea")]) {
			const name = box.localName + (box.className ? "." + box.className : "");
			if (!box.checkVisibility({ visibilityProperty: true })) {
				if (box === slide) faults.push(`#${slide.id} is not printed`);
				continue;
			}
			const up = box.scrollHeight - box.clientHeight, across = box.scrollWidth - box.clientWidth;
			if (up > 1) faults.push(`#${slide.id}: ${up} px of ${name} are cut below`);
			if (across > 1) faults.push(`#${slide.id}: ${across} px of ${name} are cut at the side`);
		}
	}
	return faults;
}
