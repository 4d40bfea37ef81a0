// How large a slide is set: the largest type in which all of its positions fit
// on the stage, found once, so that nothing changes its size while one steps
// through. The stage scales as a whole.

const TAB = 4;
const HANG = 4; // columns that a line which wraps hangs by, besides its depth: deck.css says so, too

// The sizes that fit tries, from the largest to the smallest allowed: of a title
// in one line, of text, and of code with the height of its lines, in pixels of a stage 1280 wide.
const WIDTH = 1280;
const TITLE = [42, 40, 38];
const PLAIN = [36, 34, 32, 30, 28, 26, 24];
const BESIDE = [30, 28, 27, 26, 25, 24];
const CODE = [[26, 1.4], [24, 1.4], [23, 1.4], [22, 1.4], [21, 1.36], [20, 1.33], [19, 1.32]];

// fit sets a slide. Each attempt lays it out again, which takes longer than all
// the rest here, so the first that fits is foretold, and only then looked for.
export function fit(element) {
	if (element.dataset.fitted) return;
	const content = element.querySelector(".content");
	if (!content) return;
	hang(element);
	const figures = [...content.querySelectorAll("figure.code")];
	for (const figure of figures) hold(figure, Infinity);
	const texts = content.querySelector("figure, pre, table, .try") ? BESIDE : PLAIN;
	const drawings = [...content.querySelectorAll("figure > svg")];
	const set = ({ text, code, columns, tight, live }) => {
		element.style.setProperty("--text", text);
		element.style.setProperty("--code", CODE[code][0]);
		element.style.setProperty("--leading", CODE[code][1]);
		for (const [name, on] of Object.entries({ columns, tight, live })) {
			if (on) element.dataset[name] = "";
			else delete element.dataset[name];
		}
	};
	const fits = () =>
		!(
			isFull(content) ||
			content.scrollWidth > content.clientWidth + 1 ||
			drawings.some((svg) => svg.getScreenCTM()?.a < (0.99 * element.offsetWidth) / WIDTH)
		);
	set({ text: texts[0], code: 0 });
	if (content.clientHeight === 0) return; // it is not shown
	fitTitle(element);
	const rooms = figures.map(roomOf);
	const code = firstSize(figures, rooms);
	figures.forEach((figure, i) => hold(figure, rooms[i](code)));
	const all = attempts(content, texts, code);
	set(all[0]);
	if (!fits()) {
		let low = 1; // those before do not fit
		let high = all.length - 1; // that one has to do
		const attempt = (i) => {
			if (i < low || i >= high) return;
			set(all[i]);
			if (fits()) high = i;
			else low = i + 1;
		};
		const guess = foretold(content, all);
		attempt(guess - 1);
		attempt(guess);
		while (low < high) attempt((low + high) >> 1);
		set(all[low]);
	}
	element.dataset.fitted = "yes";
}

// attempts are the sizes of text and of code that a slide may have, from the
// most to the least comfortable. Code gives way first while it is still large,
// then a trace goes on in a second column, then text, then code again, then the
// room around them. At last answers that somebody has asked for are alone, and
// may scroll. Text is in pixels, code is the place of its size in CODE.
function attempts(content, texts, code) {
	const all = [{ text: texts[0], code }];
	const add = (change) => all.push({ ...all.at(-1), ...change });
	const mono = content.querySelector("pre") !== null;
	if (mono) for (let c = code + 1; c <= 3; c++) add({ code: c });
	if (content.querySelector(".trace")) add({ columns: true });
	for (const text of texts.slice(1)) add({ text });
	if (mono) for (let c = all.at(-1).code + 1; c < CODE.length; c++) add({ code: c });
	add({ tight: true });
	if (content.querySelector(".try-status:not(:empty)")) add({ live: true });
	return all;
}

// foretold is the attempt that will be the first to fit, as far as one can tell
// from how high text, code and answers are at the first.
function foretold(content, all) {
	const heights = (parts) => parts.map((part) => part.offsetHeight);
	const sum = (parts) => heights(parts).reduce((sum, height) => sum + height, 0);
	const code = sum([...content.querySelectorAll(".holds > pre, pre:not(.state > pre, .try pre)")]);
	const answer = Math.max(0, ...heights([...content.querySelectorAll(".try pre")]));
	const plain = sum([...content.children].filter((part) => !part.matches("figure, pre, .try")));
	const answers = content.querySelector(".answers");
	const hidden = answers ? answers.scrollHeight - answers.clientHeight : 0;
	const fixed = content.scrollHeight + hidden - code - answer - plain;
	const size = ({ code }) => CODE[code][0];
	const leading = ({ code }) => CODE[code][0] * CODE[code][1];
	const small = (a) => Math.min(size(a), 21) * (a.columns ? 0.55 : 1); // deck.css sets answers no larger
	const height = (a) =>
		fixed + (code * leading(a)) / leading(all[0]) + (answer * small(a)) / small(all[0]) + plain * (a.text / all[0].text) ** 1.5;
	const found = all.findIndex((a) => height(a) <= content.clientHeight + (a.tight ? 40 : 0));
	return found < 0 ? all.length - 1 : found;
}

// refit fits a slide again whose content has changed.
export function refit(element) {
	delete element.dataset.fitted;
	fit(element);
}

// isFull tells whether content, or answers in it, need more height than there is.
export function isFull(content) {
	return [content, ...content.querySelectorAll(".try pre, .answers")].some((box) => box.scrollHeight > box.clientHeight + 1);
}

// fitTitle keeps a title in one line where a little less size does it.
function fitTitle(element) {
	const title = element.querySelector("h2");
	if (!title || element.classList.contains("layout-title")) return;
	for (const size of [...TITLE, TITLE[0]]) {
		element.style.setProperty("--title", size);
		if (title.offsetHeight < 1.7 * Number.parseFloat(getComputedStyle(title).fontSize)) return;
	}
}

// roomOf tells how many columns of code fit into a figure at each size. It is
// reckoned from the largest, at which the figure has to be set.
function roomOf(figure) {
	const line = [...figure.querySelectorAll(".line")].find((line) => line.offsetWidth > 0);
	if (!line) return () => Infinity;
	const width = line.offsetWidth;
	const { paddingLeft, paddingRight, textIndent } = getComputedStyle(line);
	const [left, right, hanging] = [paddingLeft, paddingRight, textIndent].map(Number.parseFloat);
	const column = -hanging / (Number(line.dataset.depth) + HANG);
	return (code) => ((CODE[0][0] / CODE[code][0]) * width - left - right - hanging) / column;
}

// firstSize is the first size of code at which no line wraps, or the last of all.
function firstSize(figures, rooms) {
	const widths = figures.map((figure) => Math.max(...[...figure.querySelectorAll(".line")].map((line) => columns(line.textContent))));
	const found = CODE.findIndex((_, code) => widths.every((width, i) => width <= rooms[i](code)));
	return found < 0 ? CODE.length - 1 : found;
}

// hold keeps the room of a figure for the state that has most rows when so many
// columns fit; others take none while they are not seen.
function hold(figure, room) {
	const rows = (line) => {
		const rest = columns(line.textContent) - room;
		return rest > 0 ? 1 + Math.ceil(rest / (room - line.dataset.depth - HANG)) : 1;
	};
	const heights = [...figure.querySelectorAll(".state")].map((state) => {
		const lines = [...state.querySelectorAll(".line")];
		return [state, lines.reduce((sum, line) => sum + rows(line), 0)];
	});
	const tallest = Math.max(...heights.map(([, height]) => height));
	const chosen = heights.find(([, height]) => height === tallest)?.[0];
	for (const [state] of heights) state.classList.toggle("holds", state === chosen);
}

// hang gives each line of code its depth, so that what wraps hangs under it.
export function hang(element) {
	for (const line of element.querySelectorAll("figure.code .line:not([data-depth])")) {
		const depth = columns(/^[\t ]*/.exec(line.textContent)[0]);
		line.dataset.depth = depth;
		line.style.setProperty("--depth", depth);
	}
}

// columns is the width of a text in a fixed font.
function columns(text) {
	let n = 0;
	for (const c of text) n += c === "\t" ? TAB - (n % TAB) : 1;
	return n;
}
