// The change from one state of code to the next, animated: lines that stay
// move to their new place, new ones fade in, old ones leave. Lines belong
// together by data-key. A line has a name for the browser's view transition
// only while one runs. Where that is missing, or motion is not wanted, or one
// presses fast, the new state is there at once.

import { stateAt } from "./stage.js";

const CALM = 200; // milliseconds since the press before; quicker ones are not animated

const still = matchMedia("(prefers-reduced-motion: reduce)");
let running = null;
let named = [];
let pressed = -Infinity;

// step draws the way from one position of a slide to another. update draws
// where the deck stands when it is called; calling it again does no harm, so a
// press that comes in the middle of a transition simply draws and ends it.
export function step(element, from, to, update) {
	const changes = [...element.querySelectorAll("figure.code")]
		.map((figure) => ({ before: stateAt(figure, from), after: stateAt(figure, to) }))
		.filter(({ before, after }) => before && after && before !== after);
	if (changes.length === 0) return cut(update);
	const keys = new Map();
	run("step", update, (when) => changes.forEach((change, figure) => name(change[when], figure, keys)));
}

// turn draws the way from one slide to another: a short cross-fade.
export function turn(update) {
	run("turn", update, () => {});
}

// cut draws at once.
export function cut(update) {
	stop();
	pressed = performance.now();
	update();
}

function run(kind, update, names) {
	const quick = performance.now() - pressed < CALM;
	if (running || quick || still.matches || document.hidden || !document.startViewTransition) return cut(update);
	pressed = performance.now();
	names("before");
	document.documentElement.dataset.transition = kind;
	const transition = document.startViewTransition(() => {
		if (running !== transition) return; // a later press has drawn already
		unname();
		update();
		names("after");
	});
	running = transition;
	const done = () => {
		if (running === transition) stop();
	};
	// A transition that is skipped, or cannot start, says so by rejecting.
	transition.updateCallbackDone.catch(() => {});
	transition.ready.catch(() => {});
	transition.finished.then(done, done);
}

function stop() {
	if (!running) return;
	const transition = running;
	running = null;
	unname();
	delete document.documentElement.dataset.transition;
	transition.skipTransition();
}

function name(state, figure, keys) {
	for (const line of state.querySelectorAll(".line[data-key]")) {
		const key = figure + " " + line.dataset.key;
		if (!keys.has(key)) keys.set(key, "line-" + keys.size);
		line.style.viewTransitionName = keys.get(key);
		named.push(line);
	}
}

function unname() {
	for (const line of named) line.style.viewTransitionName = "";
	named = [];
}
