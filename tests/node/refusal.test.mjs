// What the service refuses comes back through the proxy in the service's words, whoever judged it.

import assert from 'node:assert/strict';

import {
	answerOf, form, layouts, photo, post, received, startAll, tasks, test,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;
const three = { ...visual, ...faces, ...ocr };
const unknownModel = { clip: { visual: { modelName: 'no-such-model' } } };
const unavailable = { clip: { visual: { modelName: 'RN50__openai' } } };
const { recognition } = faces['facial-recognition'];
const truncated = photo.subarray(0, photo.length / 2);

const cases = [
	['a missing modelName', 422, { clip: { visual: {} } }, photo],
	['a missing modelName behind a good task', 422, { ...faces, clip: { visual: {} } }, photo],
	['a modelName that is a number', 422, { clip: { visual: { modelName: 7 } } }, photo],
	['entries that are no JSON', 422, '{"clip":', photo],
	['entries that are a list', 422, '[]', photo],
	['entries with NaN', 422, '{"clip":{"visual":{"modelName":"m","options":NaN}}}', photo],
	['empty entries', 422, '', photo],
	['a task that is a list', 422, { clip: [] }, photo],
	['recognition alone', 400, { 'facial-recognition': { recognition } }, photo],
	['recognition alone behind a good task', 400,
		{ ...visual, 'facial-recognition': { recognition } }, photo],
	['a broken picture', 500, visual, truncated],
	['a broken picture for three tasks', 500, three, truncated],
	['what is no picture', 500, visual, Buffer.from('no picture')],
	['an empty picture', 500, visual, Buffer.alloc(0)],
	['an unknown model', 500, unknownModel, photo],
	['an unknown model behind a good task', 500, { ...faces, ...unknownModel }, photo],
	['a model that does not load', 500, unavailable, photo],
	['a model that does not load before a good task', 500, { ...unavailable, ...faces }, photo],
	['an unknown task', 500, { 'image-quality': { detection: { modelName: 'm' } } }, photo],
	['an unknown task behind good ones', 500, { ...three, x: { y: { modelName: 'm' } } }, photo],
	['a text for faces', 500, faces, 'a text'],
	['a picture for a text', 500, textual, photo],
	['an empty text', 400, textual, ''],
	['neither picture nor text', 400, textual, null],
	['neither picture nor text for three tasks', 400, three, null],
];

for (const [layout, routes] of Object.entries(layouts)) {
	test(layout, async t => {
		const all = await startAll(t, routes, ['--unavailable', 'RN50__openai']);

		for (const [name, status, entries, payload] of cases)
			await t.test(name, async () => {
				const wanted = await post(all.direct, form(entries, payload));

				assert.equal(wanted.status, status);
				assert.deepEqual(await post(all.proxy, form(entries, payload)), wanted);
			});
	});
}

test('entries that are missing, or a file, or in no form', async t => {
	const { direct, proxy } = await startAll(t, {});
	const picture = () => {
		const data = new FormData();

		data.append('image', new Blob([photo]));
		return data;
	};
	const withFile = () => {
		const data = picture();

		data.append('entries', new Blob([JSON.stringify(visual)]));
		return data;
	};
	const bodies = [picture, withFile, () => 'entries', () => undefined, () => new FormData()];

	for (const body of bodies) {
		const wanted = await post(direct, body());

		assert.equal(wanted.status, 422);
		assert.deepEqual(await post(proxy, body()), wanted, String(body));
	}
});

test('a second entries part is refused, since the service would run the last one', async t => {
	const { main, other, proxy } =
		await startAll(t, { ...layouts['over a split'], inspect: 'whole' });

	for (const size of [photo.length, 8 << 20]) {
		const data = form(visual, Buffer.concat([photo, Buffer.alloc(size - photo.length)]));

		data.append('entries', JSON.stringify(faces));
		const { status, body } = await post(proxy, data);

		assert.equal(status, 400);
		assert.match(JSON.parse(body).detail, /entries/);
	}
	for (const backend of [main, other])
		assert.deepEqual((await received(backend)).filter(({ status }) => status === 200), []);
});

test('a body over the limit is refused before it is read', async t => {
	const { direct, main, proxy } = await startAll(t, { limits: { body: 1 << 20 } });
	const tooLarge = Buffer.concat([photo, Buffer.alloc(4 << 20)]);
	const { status, body } = await post(proxy, form(visual, tooLarge));

	assert.equal(status, 413);
	assert.match(JSON.parse(body).detail, /limits\.body|1048576/);
	assert.deepEqual(
		await post(proxy, form(visual, photo)), await post(direct, form(visual, photo)));
	assert.equal((await received(main)).length, 1);
});

test('other paths and methods', async t => {
	const { direct, proxy } = await startAll(t, {});
	const requests = [
		['GET', '/'], ['GET', '/ping'], ['HEAD', '/ping'], ['POST', '/ping'], ['GET', '/predict'],
		['PUT', '/predict'], ['OPTIONS', '/predict'], ['GET', '/nope'], ['DELETE', '/'],
		['GET', '//ping'], ['GET', '/PING'], ['GET', '/ping?x=1'],
	];
	const ask = async (server, method, path) => {
		const response = await fetch(server.url + path, { method });

		return { ...await answerOf(response), allow: response.headers.get('allow') };
	};

	for (const [method, path] of requests)
		assert.deepEqual(
			await ask(proxy, method, path), await ask(direct, method, path), `${method} ${path}`);
});

// Not followed: fetch would write the form anew, with another boundary than it has announced.
test('a slash too many is redirected', async t => {
	const { proxy } = await startAll(t, {});
	const options = { method: 'POST', body: form(visual, photo), redirect: 'manual' };
	const response = await fetch(`${proxy.url}/predict/?x=1`, options);

	assert.equal(response.status, 307);
	assert.equal(response.headers.get('location'), `${proxy.url}/predict?x=1`);
});
