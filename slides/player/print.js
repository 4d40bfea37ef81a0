// Printing: a page a slide, each at its last position. A figure shows all its
// states one after the other where they fit on the page, else the last one.

import { fit, isFull } from "./fit.js";
import { show, unfold } from "./stage.js";

export function startPrint(player) {
	const root = document.documentElement;
	const notes = document.body.classList.contains("with-notes");

	addEventListener("beforeprint", () => {
		unfold(player.main);
		root.classList.add("printing");
		for (const { element, positions } of player.deck.slides) {
			element.hidden = false;
			show(element, positions - 1);
			fit(element);
			const content = element.querySelector(".content");
			// A page with notes is upright and grows; the notes need room as well.
			const full = () => (notes ? content.scrollHeight > 0.85 * content.clientWidth : isFull(content));
			for (const figure of element.querySelectorAll("figure.code")) {
				figure.classList.add("all-states");
				if (full()) figure.classList.remove("all-states");
			}
		}
	});

	addEventListener("afterprint", () => {
		root.classList.remove("printing");
		for (const figure of player.main.querySelectorAll(".all-states")) figure.classList.remove("all-states");
		player.draw();
	});
}
