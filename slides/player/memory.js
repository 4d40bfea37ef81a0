// What is remembered between visits. Where the browser keeps nothing (a private
// window, a full disk) the deck works all the same.

export function recall(key) {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

export function remember(key, value) {
	try {
		if (value === null) localStorage.removeItem(key);
		else localStorage.setItem(key, value);
	} catch {
		// Then it is forgotten.
	}
}

// onChange calls back when another window has remembered something else.
export function onChange(key, callback) {
	addEventListener("storage", (event) => event.key === key && callback(event.newValue));
}
