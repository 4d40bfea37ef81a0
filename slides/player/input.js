// Keys, clickers and fingers. What somebody types into a field never moves a slide.

const FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const PRESSED = "a[href], button, summary, label"; // space and enter are theirs

const KEYS = {
	ArrowRight: "next",
	ArrowDown: "next",
	PageDown: "next",
	" ": "next",
	Enter: "next",
	ArrowLeft: "previous",
	ArrowUp: "previous",
	PageUp: "previous",
	Home: "first",
	End: "last",
	o: "overview",
	g: "goto",
	p: "presenter",
	f: "fullscreen",
	r: "request",
	b: "black",
	".": "black",
	d: "theme",
	s: "timer",
	"?": "help",
	Escape: "escape",
};

// With shift: whole slides, and back by space.
const SHIFTED = { ArrowRight: "nextSlide", ArrowDown: "nextSlide", ArrowLeft: "previousSlide", ArrowUp: "previousSlide", " ": "previous" };

// action is what a key asks for; null when it is none of the deck's business.
function action(event) {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
	const target = event.target instanceof Element ? event.target : document.body;
	if (target.closest(FIELD)) {
		if (event.key === "Escape") target.blur();
		return null;
	}
	if (document.querySelector("dialog[open]")) return null;
	const { key } = event;
	if ((key === " " || key === "Enter") && target.closest(PRESSED)) return null;
	if ((key === "ArrowUp" || key === "ArrowDown") && scrolls(target)) return null;
	if (event.shiftKey && SHIFTED[key]) return SHIFTED[key];
	return KEYS[key] ?? KEYS[key.toLowerCase()] ?? null;
}

// scrolls tells whether up and down scroll what has the focus.
function scrolls(target) {
	return target !== document.body && target.scrollHeight > target.clientHeight + 1 && target.matches("[tabindex]");
}

// slides tells whether a finger that moves sideways scrolls something.
function slides(target, main) {
	for (let element = target; element && element !== main; element = element.parentElement) {
		if (element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX)) return true;
	}
	return false;
}

// listen calls act(action) for keys, swipes and taps. A swipe to the left goes
// on; so does a tap near the right edge. On a phone only swipes count: a tap is
// for links and for selecting.
export function listen(main, act, narrow) {
	addEventListener("keydown", (event) => {
		const what = action(event);
		if (what && act(what) !== false) event.preventDefault();
	});

	// After a click, space and enter are the deck's again, and send nothing twice.
	main.addEventListener("click", (event) => event.detail > 0 && event.target.closest(".try-form button")?.blur());

	let start = null;
	main.addEventListener(
		"touchstart",
		(event) => {
			const zoomed = (window.visualViewport?.scale ?? 1) > 1.05;
			start = event.touches.length === 1 && !zoomed ? { x: event.touches[0].clientX, y: event.touches[0].clientY, at: event.timeStamp } : null;
		},
		{ passive: true },
	);
	main.addEventListener(
		"touchend",
		(event) => {
			if (!start || event.touches.length > 0) return;
			const { clientX, clientY } = event.changedTouches[0];
			const [x, y, time] = [clientX - start.x, clientY - start.y, event.timeStamp - start.at];
			start = null;
			if (Math.abs(x) > 45 && Math.abs(x) > 2 * Math.abs(y)) {
				if (!slides(event.target, main)) act(x < 0 ? "next" : "previous");
				return;
			}
			const tap = Math.abs(x) < 10 && Math.abs(y) < 10 && time < 500;
			if (!tap || narrow.matches || event.target.closest(FIELD + ", " + PRESSED)) return;
			const box = main.getBoundingClientRect();
			const part = (clientX - box.left) / box.width;
			act(part < 0.3 ? "previous" : part > 0.7 ? "next" : "controls");
		},
		{ passive: true },
	);
	main.addEventListener("touchcancel", () => (start = null), { passive: true });
}
