// The deck's beginning. A page holds one slide of a route, or all of them, and
// reads from top to bottom without script; with it, one slide is shown at a time.
// First comes what it takes to show the slide that the address names; the other
// slides and the player are called in when that one is painted.
//
//   place.js   slides, positions, addresses  player.js      what presses do
//   stage.js   one slide at a position       input.js       keys, clickers, fingers
//   fit.js     how large a slide is set      controls.js    buttons, progress
//   theme.js   light and dark                transition.js  from one state of code to the next
//   memory.js  what is remembered            panels.js      overview, go to, help
//   html.js    elements                      picture.js     small copies of slides
//   print.js   one slide a page              presenter.js   the speaker's window
//   timer.js   the speaker's clock           sync.js        windows in step
//
// "?read" in the address leaves the page as it is, "?notes" prints the notes, too.

import { FIRST } from "./place.js";
import { attachWith, isNamed, Stage, unfold } from "./stage.js";
import { startTheme } from "./theme.js";

const main = document.getElementById("deck");
const query = new URLSearchParams(location.search);

startTheme();
document.body.classList.toggle("with-notes", query.has("notes"));
if (main.querySelector(":scope > .slide") && !query.has("read")) play();
else read();

async function play() {
	const stage = new Stage(main);
	const place = stage.deck.parse(location) ?? FIRST;
	if (!stage.presenting && !isNamed(stage.deck.slides[place.slide].element)) {
		stage.draw(place);
		await painted();
	}
	const others = bring(stage.deck);
	let player;
	try {
		const [{ Player }] = await Promise.all([import("./player.js"), others]);
		player = new Player(stage);
	} catch (error) {
		console.warn(error);
		await Promise.allSettled([others]);
		stage.leave(); // better to read than to stand still
		return read();
	}
	await painted();
	await sendInPlace();
	player.draw();
	player.watch();
}

// bring gets the text of the slides that the page only names.
async function bring({ at, slides }) {
	if (!slides.some(({ element }) => isNamed(element))) return;
	const page = await (await fetch(at, { signal: AbortSignal.timeout(9000) })).text();
	const texts = page.match(/<noscript>.*?<\/noscript>/gs);
	if (texts?.length !== slides.length) throw new Error("other slides");
	for (const { index, element } of slides) {
		if (isNamed(element)) element.insertAdjacentHTML("beforeend", texts[index]);
	}
}

// read leaves the slides one under the other.
async function read() {
	document.documentElement.classList.add("reading");
	unfold(main);
	await sendInPlace();
	unfold(main);
}

// sendInPlace lets forms show answers where they are.
async function sendInPlace() {
	try {
		attachWith((await import("../try.js")).attach);
	} catch (error) {
		console.warn(error);
	}
}

// painted waits until a frame is painted, or for a moment if nobody looks.
function painted() {
	return new Promise((resolve) => {
		requestAnimationFrame(() => setTimeout(resolve));
		setTimeout(resolve, 200);
	});
}
