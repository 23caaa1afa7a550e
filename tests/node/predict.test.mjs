// What Immich asks, through the proxy and directly: the same answer, whatever is routed where.

import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';

import {
	addPayload, digest, fixture, form, layouts, photo, post, received, spliced, startAll, tasks, test,
} from './rig.mjs';

// Decoders stop at the end of the picture; what follows is the same in every run.
function grow(picture, size) {
	const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));

	return Buffer.concat([picture, cipher.update(Buffer.alloc(size - picture.length))]);
}

const largePhoto = grow(photo, 8 << 20);
const { visual, textual, faces, ocr } = tasks;
const noLanguage = { clip: { textual: { modelName: 'ViT-B-32__openai', options: {} } } };
const recognitionFirst = '{"facial-recognition":{"recognition":{"modelName":"buffalo_l"},' +
	'"detection":{"modelName":"buffalo_l","options":{"minScore":0.70}}}}';

const cases = [
	['a picture for clip', visual, photo],
	['a text for clip', textual, 'a dog on the beach'],
	['a text without a language', noLanguage, 'Hund'],
	['a text with line ends', textual, 'one\ntwo\r\nthree\r\n\r\n--\r\n--x--\n'],
	['a text with quotes and emoji', textual, '"Œuf" \\ \'\u0000\' %0D 🐕‍🦺 {"clip":1} \u2028'],
	['a long text', textual, 'räuber '.repeat(100_000)],
	['faces', faces, photo],
	['faces, recognition named first', recognitionFirst, photo],
	['detection alone', { ocr: { detection: ocr.ocr.detection } }, photo],
	['ocr', ocr, fixture('pictures/receipt.jpg')],
	['two tasks', { ...visual, ...faces }, photo],
	['two tasks the other way round', { ...faces, ...visual }, photo],
	['three tasks', { ...visual, ...faces, ...ocr }, photo],
	['three tasks about a PNG', { ...ocr, ...faces, ...visual }, fixture('pictures/tiny.png')],
	['three tasks about a WebP', { ...faces, ...ocr, ...visual }, fixture('pictures/chelsea.webp')],
	['a photo of 8 MB', visual, largePhoto],
	['three tasks about a photo of 8 MB', { ...visual, ...faces, ...ocr }, largePhoto],
	['no task', {}, photo],
];

// Every task has reached a backend once, with the payload as it was.
async function assertReceived({ main, other }, entries, payload) {
	const requests = [...await received(main), ...await received(other)];
	const asked = typeof entries === 'string' ? JSON.parse(entries) : entries;
	const got = requests.flatMap(request => Object.entries(JSON.parse(request.entries)));

	assert.equal(got.length, Object.keys(asked).length, 'no task is asked for twice');
	assert.deepEqual(Object.fromEntries(got), asked);
	for (const request of requests)
		assert.equal(request.payloadSha256, digest(payload));
}

// Those in which a photo for clip has one way to go, and only its beginning is looked at.
const splicing = ['over one backend', 'over routes', 'over a split'];

// The form in another order: a proxy has to keep the photo until it knows where to send it.
function lateForm(entries, payload) {
	const data = new FormData();

	addPayload(data, payload);
	data.append('entries', JSON.stringify(entries));
	return data;
}

for (const [layout, routes] of Object.entries(layouts)) {
	test(layout, async t => {
		const all = await startAll(t, routes);

		for (const [name, entries, payload] of cases)
			await t.test(name, async () => {
				const wanted = await post(all.direct, form(entries, payload));

				assert.equal(wanted.status, 200);
				assert.deepEqual(await post(all.proxy, form(entries, payload)), wanted);
				await assertReceived(all, entries, payload);
			});
	});

	const most = splicing.includes(layout) ? 'most' : 'none';

	test(`${layout}: ${most} of a large photo passes within the kernel`, async t => {
		const { direct, proxy } = await startAll(t, routes);

		assert.deepEqual(
			await post(proxy, form(visual, largePhoto)), await post(direct, form(visual, largePhoto)));
		const bytes = await spliced(proxy);
		assert.equal(bytes > largePhoto.length / 2 ? 'most' : bytes || 'none', most);
	});

	test(`${layout}: entries behind the photo`, async t => {
		const all = await startAll(t, routes);
		const entries = { ...visual, ...ocr, ...faces };

		for (const payload of [photo, largePhoto]) {
			const wanted = await post(all.direct, form(entries, payload));

			assert.deepEqual(await post(all.proxy, lateForm(entries, payload)), wanted);
			await assertReceived(all, entries, payload);
		}
	});

	test(`${layout}: a photo in chunks`, async t => {
		const all = await startAll(t, routes);
		const entries = { ...visual, ...faces };
		const { headers, body } = new Request('http://unused', {
			method: 'POST', body: form(entries, largePhoto),
		});
		const type = { 'content-type': headers.get('content-type') };
		const wanted = await post(all.direct, form(entries, largePhoto));

		assert.deepEqual(await post(all.proxy, body, { headers: type, duplex: 'half' }), wanted);
		await assertReceived(all, entries, largePhoto);
	});
}

test('a split gives each backend its own tasks, in their order', async t => {
	const { main, other, proxy } = await startAll(t, layouts['over a split']);

	assert.equal((await post(proxy, form({ ...ocr, ...faces, ...visual }, photo))).status, 200);
	const [ofMain, ...rest] = await received(main);
	const [ofOther] = await received(other);
	assert.deepEqual(rest, []);
	assert.equal(ofMain.entries, JSON.stringify({ ...ocr, ...visual }));
	assert.equal(ofOther.entries, JSON.stringify(faces));
});

test('entries reach a backend as the bytes they were', async t => {
	const { direct, main, other, proxy } = await startAll(t, layouts['over a split']);
	const number = '{ "minScore" : 0.70, "large": 9007199254740993, "b\\u006fth": [1.0,\t1e0] }';
	const value = '{"detection": {"modelName":"buffalo_l", "options":' + number +
		'},"recognition":{"modelName":"buffalo_l"}}';
	const alone = ` {"facial-recognition" : ${value}}`;
	const both = '{"clip":{"visual":{"modelName":"ViT-B-32__openai"}}, ' +
		`"facial\\u002drecognition":${value} }`;

	for (const entries of [alone, both])
		assert.deepEqual(
			await post(proxy, form(entries, photo)), await post(direct, form(entries, photo)));
	const [first, second] = await received(other);
	assert.equal(first.entries, alone);
	assert.ok(second.entries.includes(value), second.entries);
	assert.equal((await received(main)).length, 1);
});

test('what nobody knows reaches every backend', async t => {
	const { main, other, proxy } = await startAll(t, layouts['over a split']);
	const data = form({ ...visual, ...faces }, photo);

	data.append('note', 'für später');
	data.append('sidecar', new Blob(['<xmp/>'], { type: 'application/rdf+xml' }), 'a.xmp');
	assert.equal((await post(proxy, data)).status, 200);
	for (const backend of [main, other]) {
		const [{ parts }] = await received(backend);

		assert.deepEqual(parts.map(({ name }) => name), ['entries', 'image', 'note', 'sidecar']);
		assert.equal(parts[1].bytes, photo.length);
	}
});

test('file names that are hard to write', async t => {
	const { direct, proxy } = await startAll(t, layouts['over a split']);

	for (const name of ['a"quote".jpg', 'back\\slash\\', 'line\r\nend.jpg', '日本.jpg']) {
		const named = () => {
			const data = new FormData();

			data.append('entries', JSON.stringify({ ...visual, ...faces }));
			data.append('image', new Blob([photo]), name);
			return data;
		};
		const answer = await post(proxy, named());

		assert.equal(answer.status, 200, name);
		assert.deepEqual(answer, await post(direct, named()), name);
	}
});

test('under a path prefix, which goes no further', async t => {
	const { direct, main, proxy } = await startAll(t, {});
	const answer = await post({ url: `${proxy.url}/TOKEN` }, form(visual, photo));

	assert.deepEqual(answer, await post(direct, form(visual, photo)));
	const [{ target }] = await received(main);
	assert.equal(target, '/predict');
});
