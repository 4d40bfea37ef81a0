// Shows every position of the slide that is shown, by the key, and gives what
// does not fit there: [{slide, position, what}].
async () => {
	const faults = [];
	const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
	const within = (inner, outer, slack) =>
		inner.left >= outer.left - slack && inner.right <= outer.right + slack && inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
	const round = (box) => [box.left, box.top, box.right, box.bottom].map(Math.round).join(" ");
	const section = [...document.querySelectorAll("#deck > .slide")].find(seen);
	if (!section) return [{ slide: location.pathname, position: 0, what: "no slide is shown" }];
	for (let position = 0; position < Number(section.dataset.positions); position++) {
		if (position > 0) {
			document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
			await new Promise((resolve) => setTimeout(resolve));
		}
		const fault = (what) => faults.push({ slide: section.id, position, what });
		if (!seen(section)) {
			fault("the slide is not shown");
			continue;
		}
		const stage = section.getBoundingClientRect();
		if (!within(stage, { left: 0, top: 0, right: innerWidth, bottom: innerHeight }, 1)) fault(`the slide lies outside of the window: ${round(stage)}`);
		const scale = stage.width / section.offsetWidth;
		for (const box of [section, ...section.querySelectorAll(".content, pre, .answers, textarea, table")]) {
			if (!seen(box)) continue;
			const name = box.localName + (box.className ? "." + box.className : "");
			const up = box.scrollHeight - box.clientHeight, across = box.scrollWidth - box.clientWidth;
			if (box.localName !== "table" && up > 1) fault(`${name} is ${up} px too low for what it holds`);
			if (across > 1) fault(`${name} is ${across} px too narrow for what it holds`);
		}
		const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			const text = walker.currentNode, parent = text.parentElement;
			if (!text.data.trim() || !seen(parent) || parent.closest(".unseen, .notes, title, desc, [hidden]")) continue;
			const range = document.createRange();
			range.selectNodeContents(text);
			const svg = parent.closest("svg");
			const frame = (svg ?? section).getBoundingClientRect();
			for (const box of range.getClientRects()) {
				if (box.width > 0 && !within(box, frame, 2)) {
					fault(`“${text.data.trim().slice(0, 40)}” stands outside: ${round(box)} in ${round(frame)}`);
					break;
				}
			}
			let size = Number.parseFloat(getComputedStyle(parent).fontSize) * scale;
			if (svg) size = Number.parseFloat(getComputedStyle(parent).fontSize) * svg.getScreenCTM().a;
			const code = svg || parent.closest("pre, code, figure, .try, sub, sup, table");
			const least = code ? 19 : 24;
			if (size < least - 0.2 && !parent.closest(".where, .try, figcaption")) fault(`“${text.data.trim().slice(0, 30)}” is ${size.toFixed(1)} px high`);
		}
		for (const svg of section.querySelectorAll("svg")) {
			const texts = [...svg.querySelectorAll("text")].filter(seen).map((text) => [text.getBoundingClientRect(), text.textContent]);
			texts.forEach(([a, text], i) => {
				for (const [b, other] of texts.slice(0, i)) {
					if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4) fault(`“${text}” lies over “${other}”`);
				}
			});
		}
	}
	return faults;
}
