// Many requests at a time, of all kinds, over four workers: each gets its own answer. Under
// ThreadSanitizer this is the test that looks for races.

import assert from 'node:assert/strict';

import {
	digest, fixture, form, get, photo, post, received, spliced, startAll, tasks, test,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;
const small = fixture('pictures/tiny.png');
const large = Buffer.concat([photo, Buffer.alloc(2 << 20)]);

// Splits, pools that take turns, and requests that pass as they are; large ones within the kernel.
const routes = {
	taskRouting: { 'facial-recognition': 'other', ocr: ['main', 'other'] },
	modelTypeRouting: { textual: ['other', 'main'] },
};

const kinds = [
	[textual, 'a dog on the beach'],
	[visual, photo],
	[faces, small],
	[{ ...visual, ...faces }, photo],
	[{ ...faces, ...ocr, ...visual }, small],
	[ocr, large],
	[{ ...ocr, ...visual }, large],
	[visual, large],
	[faces, large],
	[{ ...visual, ...faces, ...ocr }, large],
	[textual, ''],
	[{ clip: { visual: {} } }, small],
	[visual, small.subarray(0, 100)],
	[textual, 'räuber '.repeat(10_000)],
];

// Runs `count` of `job`, `atOnce` at a time.
async function inParallel(count, atOnce, job) {
	let next = 0;
	const line = async () => {
		while (next < count)
			await job(next++);
	};

	await Promise.all(Array.from({ length: atOnce }, line));
}

for (const inspect of ['front', 'whole'])
	test(`32 mixed requests at a time, "inspect": "${inspect}"`, async t => {
		const { direct, proxy } = await startAll(t, { ...routes, inspect });
		const wanted = [];

		for (const [entries, payload] of kinds)
			wanted.push(await post(direct, form(entries, payload)));
		await inParallel(320, 32, async i => {
			const [entries, payload] = kinds[i % kinds.length];

			assert.deepEqual(await post(proxy, form(entries, payload)), wanted[i % kinds.length]);
			if (i % 16 === 0)
				assert.equal((await get(proxy, '/ping')).body, 'pong');
		});
		assert.equal(await spliced(proxy) > 0, inspect === 'front');
	});

test('requests among others that are given up', async t => {
	const { direct, proxy } = await startAll(t, routes);
	const entries = { ...visual, ...faces };
	const wanted = await post(direct, form(entries, photo));

	await inParallel(160, 32, async i => {
		const control = new AbortController();
		const { signal } = control;
		const given = i % 4 ? entries : visual; // in a split, and within the kernel
		const answered = post(proxy, form(given, i % 2 ? photo : large), { signal });

		if (i % 2 === 0) { // at one moment or another of its life
			setImmediate(() => control.abort());
			await answered.catch(({ name }) => assert.equal(name, 'AbortError'));
		} else {
			assert.deepEqual(await answered, wanted);
		}
	});
});

test('every one of 200 requests reaches a backend once', async t => {
	const { main, other, proxy } = await startAll(t, routes);
	const text = i => `text ${i}`;
	const answers = new Set();

	await inParallel(200, 50, async i => {
		const { status, body } = await post(proxy, form(textual, text(i)));

		assert.equal(status, 200);
		answers.add(body);
	});
	assert.equal(answers.size, 200);
	const [ofMain, ofOther] = [await received(main), await received(other)];
	assert.deepEqual([ofMain.length, ofOther.length], [100, 100], 'they take turns');
	assert.deepEqual(
		new Set([...ofMain, ...ofOther].map(({ payloadSha256 }) => payloadSha256)),
		new Set(Array.from({ length: 200 }, (_, i) => digest(text(i)))));
});
