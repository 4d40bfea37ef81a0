// Text that stands out too little from what is behind it (WCAG 2, AA): 4.5 : 1,
// or 3 : 1 for large text. Colours are those that are computed, laid over each
// other as the page does. With through, every slide of a deck is looked
// at, at each of its positions.
async (through) => {
	const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const known = new Map();
	const parse = (color) => {
		if (!known.has(color)) {
			pixel.clearRect(0, 0, 1, 1);
			pixel.fillStyle = color;
			pixel.fillRect(0, 0, 1, 1);
			const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
			known.set(color, [r, g, b, a / 255]);
		}
		return known.get(color);
	};
	const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
	const luminance = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	};
	const contrast = (a, b) => {
		const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
		return (high + 0.05) / (low + 0.05);
	};
	// How much of an element is seen, and what is behind its content. Both are
	// kept while the page stays as it is.
	let opacities, grounds;
	const opacity = (e) => {
		if (!e) return 1;
		if (!opacities.has(e)) opacities.set(e, opacity(e.parentElement) * Number(getComputedStyle(e).opacity));
		return opacities.get(e);
	};
	const faded = ([r, g, b, a], element) => [r, g, b, a * opacity(element)];
	const behind = (e) => {
		if (!e) return parse("Canvas");
		if (!grounds.has(e)) grounds.set(e, over(faded(parse(getComputedStyle(e).backgroundColor), e), behind(e.parentElement)));
		return grounds.get(e);
	};
	const inPicture = (text) => {
		const svg = text.closest("svg");
		const box = text.getBoundingClientRect();
		const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
		let color = behind(svg);
		for (const rect of svg.querySelectorAll("rect")) {
			if (text.compareDocumentPosition(rect) & Node.DOCUMENT_POSITION_FOLLOWING) break;
			const style = getComputedStyle(rect), at = rect.getBoundingClientRect();
			if (style.fill === "none" || style.visibility === "hidden" || Number(style.opacity) === 0) continue;
			if (x < at.left || x > at.right || y < at.top || y > at.bottom) continue;
			const [r, g, b, a] = parse(style.fill);
			color = over([r, g, b, a * Number(style.fillOpacity) * Number(style.opacity)], color);
		}
		return color;
	};
	const faults = new Map();
	let looked = 0;
	const look = (root, where) => {
		[opacities, grounds] = [new Map(), new Map()];
		const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			const text = walker.currentNode, parent = text.parentElement;
			if (!text.data.trim() || parent.closest("script, style, title, desc, .unseen, .skip, .slide [inert], option, [disabled]")) continue;
			if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
			const style = getComputedStyle(parent);
			const svg = parent.closest("svg");
			const ground = svg ? inPicture(parent) : behind(parent);
			const color = faded(parse(svg ? style.fill : style.color), parent);
			const ratio = contrast(over(color, ground), ground);
			const size = Number.parseFloat(style.fontSize);
			const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
			looked++;
			if (ratio < least - 0.01) {
				const name = parent.localName + (parent.getAttribute("class") ? "." + parent.getAttribute("class").trim().split(/\s+/).join(".") : "");
				const kind = `${name} ${style.color} on ${ground.slice(0, 3).map(Math.round)}`;
				if (!faults.has(kind)) faults.set(kind, `${where}: “${text.data.trim().slice(0, 30)}” (${kind}) has ${ratio.toFixed(2)} : 1, and needs ${least}`);
			}
		}
	};
	const slides = through ? document.querySelectorAll(".playing #deck > .slide") : [];
	const press = async (key) => {
		document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
		await new Promise((resolve) => setTimeout(resolve));
	};
	look(document.body, location.pathname);
	for (const slide of slides) {
		const positions = Number(slide.dataset.positions);
		for (let p = 0; p < positions; p++) {
			look(slide, `#${slide.id}/${p}`);
			await press("ArrowRight");
		}
	}
	return { Looked: looked, Faults: [...faults.values()] };
}
