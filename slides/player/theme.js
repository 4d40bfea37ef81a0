// Light or dark: as the system says, until one is chosen; the choice holds for
// all windows. The colours themselves are in base.css.

import { onChange, recall, remember } from "./memory.js";

const KEY = "theme";
const root = document.documentElement;

export function startTheme() {
	set(recall(KEY));
	onChange(KEY, set);
}

// switchTheme goes to the other one and gives its name.
export function switchTheme() {
	const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	const theme = dark ? "light" : "dark";
	set(theme);
	remember(KEY, theme);
	return theme;
}

function set(theme) {
	if (theme === "light" || theme === "dark") root.dataset.theme = theme;
	else delete root.dataset.theme;
}
