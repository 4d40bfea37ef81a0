// What hinders reading on a narrow window: a page wider than it, parts that go
// beyond its edge and cannot be scrolled to, and small letters.
() => {
	const faults = new Set();
	const wide = document.documentElement.scrollWidth - innerWidth;
	if (wide > 1) faults.add(`the page is ${wide} px too wide`);
	const scrolls = (element) => element.scrollWidth > element.clientWidth && /auto|scroll/.test(getComputedStyle(element).overflowX);
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const range = document.createRange();
	while (walker.nextNode()) {
		const text = walker.currentNode, parent = text.parentElement;
		if (!text.data.trim() || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
		if (parent.closest("script, style, title, desc, option, .unseen, .skip, .try-label")) continue;
		const about = `“${text.data.trim().slice(0, 30)}” (${parent.localName} ${parent.getAttribute("class") ?? ""})`;
		let around = parent;
		while (around && !scrolls(around)) around = around.parentElement;
		if (!around) {
			range.selectNodeContents(text);
			const box = range.getBoundingClientRect();
			if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)) faults.add(`${about} goes beyond the edge, to ${Math.round(box.right)}`);
		}
		const svg = parent.closest("svg");
		let size = Number.parseFloat(getComputedStyle(parent).fontSize);
		if (svg) size *= svg.getScreenCTM().a;
		const small = svg || parent.closest("code, pre, textarea, .where, .label, .try-settings, .fold, .around, h2");
		const least = small ? 12.5 : 16;
		if (size < least - 0.05) faults.add(`${about} is ${size.toFixed(1)} px high`);
	}
	return [...faults];
}
