// readme: the parts of README.md that programs write, each between two comments:
// <!-- NAME --> … <!-- /NAME -->

import { readFileSync, writeFileSync } from 'node:fs';

const README = new URL('../../README.md', import.meta.url);

export function writePart(name, text) {
	const before = readFileSync(README, 'utf8');
	const [from, to] = [`<!-- ${name} -->\n`, `<!-- /${name} -->\n`].map(mark => before.indexOf(mark));

	if (from < 0 || to < from)
		throw new Error(`README.md has no part ${name}`);
	const start = before.indexOf('\n', from) + 1;
	writeFileSync(README, before.slice(0, start) + text + before.slice(to));
}

export function table(head, rows) {
	const line = cells => `|${cells.map(cell => (cell === '' ? ' |' : ` ${cell} |`)).join('')}\n`;

	return line(head) + `|${'---|'.repeat(head.length)}\n` + rows.map(line).join('');
}
