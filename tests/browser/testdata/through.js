// Presses a key once for each place, and gives what is not as it should be.
// placeOf tells where a page is (place.js).
async (placeOf, key, places) => {
	const faults = [];
	for (const place of places) {
		document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
		await new Promise((resolve) => setTimeout(resolve));
		let { Address, Seen } = placeOf();
		// Browsers allow only so many changes of an address at a time, and the
		// player tries again: what counts is what is shown.
		if (!Seen.split(" ").includes(place)) faults.push(`${key}: shown is ${Seen}, want ${place} (the address is ${Address})`);
		if (faults.length > 9) break;
	}
	return faults;
}
