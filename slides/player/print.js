// Printing: a page a slide, each at its last position. A figure shows all its
// states one after the other where they fit on the page, else the last one.

import { fit, show } from "./stage.js";

export function startPrint(player) {
  const root = document.documentElement;
  const figures = () => player.main.querySelectorAll("figure.code");

  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    for (const { element, positions } of player.deck.slides) {
      element.hidden = false;
      fit(element);
      show(element, positions - 1);
      const content = element.querySelector(".content");
      for (const figure of element.querySelectorAll("figure.code")) {
        figure.classList.add("all-states");
        if (content.scrollHeight > content.clientHeight + 1) figure.classList.remove("all-states");
      }
    }
  });

  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    for (const figure of figures()) figure.classList.remove("all-states");
    player.draw();
  });
}
