// What is wrong with the request on a slide and with its answers.
(id, sent) => {
	const faults = [];
	const slide = document.getElementById(id);
	const field = slide.querySelector("textarea.request");
	for (const area of slide.querySelectorAll(".try textarea")) {
		if (area.checkVisibility() && area.scrollHeight > area.clientHeight + 1) faults.push(`${area.name} hides ${area.scrollHeight - area.clientHeight} px of what it holds`);
	}
	const answers = slide.querySelectorAll(".answers .answer");
	if (answers.length === 0) faults.push("there is no answer");
	// What was asked for live may be long: it scrolls, but much of it is seen.
	const frame = slide.querySelector(".answers"), inner = slide.querySelector(".content").getBoundingClientRect();
	const lines = Number.parseFloat(getComputedStyle(frame.querySelector("pre") ?? frame).lineHeight);
	if (frame.scrollHeight > frame.clientHeight + 1 && (!sent || frame.clientHeight < 14 * lines)) faults.push(`only ${frame.clientHeight} of ${frame.scrollHeight} px of the answers are seen`);
	if (frame.getBoundingClientRect().bottom > inner.bottom + 1) faults.push("the answers end below the slide");
	for (const part of [field, ...answers]) {
		const box = part.getBoundingClientRect();
		if (box.width < 40 || box.height < 20) faults.push(`${part.className} is ${Math.round(box.width)} by ${Math.round(box.height)} px`);
		if (box.right > inner.right + 1) faults.push(`${part.className} goes beyond the edge`);
	}
	for (const pre of slide.querySelectorAll(".answers pre")) {
		const height = Number.parseFloat(getComputedStyle(pre).lineHeight);
		if (pre.scrollHeight > pre.clientHeight + 1) faults.push(`${pre.className} hides ${pre.scrollHeight - pre.clientHeight} px`);
		const range = document.createRange();
		const tops = [];
		const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			range.selectNodeContents(walker.currentNode);
			for (const box of range.getClientRects()) if (box.width > 0) tops.push(box.top);
		}
		// Nothing but one empty line, before a body, stands between two lines.
		const rows = [...new Set(tops.map((top) => Math.round(top)))].sort((a, b) => a - b);
		const gaps = rows.slice(1).map((top, i) => top - rows[i]).filter((gap) => gap > 1.5 * height);
		if (gaps.length > 1 || gaps.some((gap) => gap > 2.5 * height)) faults.push(`${pre.className} has ${gaps.length} gaps between its lines`);
	}
	for (const line of slide.querySelectorAll(".answers .line")) {
		const before = getComputedStyle(line, "::before").content;
		const sign = line.querySelector(".sign")?.textContent.trim() ?? "";
		const wanted = line.classList.contains("add") ? "+" : line.classList.contains("del") ? "−" : "";
		if (sign !== wanted || !["none", "normal"].includes(before)) faults.push(`“${line.textContent}” has the signs ${sign} ${before}`);
	}
	if (sent && slide.querySelectorAll(".answers .answer").length === 2 && !slide.querySelector(".answers .line")) {
		const failed = slide.querySelector(".answers .answer-error");
		if (!failed) faults.push("two answers are not compared");
	}
	return faults;
}
