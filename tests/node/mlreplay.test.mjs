// mlreplay as people run it: its words, its pages, and how it ends.

import assert from 'node:assert/strict';

import { replay, test } from './rig.mjs';

test('help says what there is', async () => {
	const { status, out, err } = await replay(['--help']);

	assert.equal(status, 0);
	assert.match(out, /^usage: mlreplay COMMAND/);
	assert.match(out, /Exit status: 0 the same, 1 a regression/);
	assert.equal(err, '');
});

test('each command has a page', async () => {
	const { out } = await replay(['--help']);

	for (const [, name] of out.matchAll(/^ {2}(\S+) +\S/gm)) {
		const page = await replay([name, '--help']);

		assert.equal(page.status, 0);
		assert.match(page.out, new RegExp(`^usage: mlreplay ${name} .*\n\n\\S`));
		assert.match(page.out, /^ {2}--help {14}say this, and end$/m);
		assert.ok(page.out.split('\n').every(line => line.length <= 80), page.out);
	}
});

test('wrong usage ends with 2 and one line', async () => {
	const cases = [
		[[], 'found no COMMAND, see --help'],
		[['nonsense'], 'nonsense: unknown command, see --help'],
		[['\u001b[31m'], '?[31m: unknown command, see --help'],
		[['\u009b31m'], '\\u009b31m: unknown command, see --help'],
	];

	for (const [args, says] of cases) {
		const { status, out, err } = await replay(args);

		assert.deepEqual({ status, out, err }, { status: 2, out: '', err: `mlreplay: ${says}\n` });
	}
});

test('output that cannot be written is said', async () => {
	const { status, err } = await replay(['--help'],
		{ before: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] });

	assert.deepEqual({ status, err }, { status: 3, err: 'mlreplay: stdout: it cannot be written\n' });
});
