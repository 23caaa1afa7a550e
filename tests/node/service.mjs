// service: on a thread of its own, a backend that closes a connection after `keepAliveMs` of rest,
// as the real one does, and takes `closeMs` for it, so that requests arrive on connections that it
// is about to close. It answers with the digest of what it got, when it has `together` requests, so
// that as many connections begin to rest at the same time. It tells its port, then every digest and
// how many connections there were.
//
// Not by Node's own keepAliveTimeout: since some version that is a second longer than it says.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { keepAliveMs, closeMs, together } = workerData;
const waiting = [];
let connections = 0;

// In real time and busily, since being late is what it is about.
function close(socket) {
	const end = performance.now() + closeMs;

	while (performance.now() < end);
	socket.destroy();
}

function answerAll() {
	for (const [response, body] of waiting.splice(0)) {
		const { socket } = response;

		response.setHeader('connection', 'keep-alive'); // for how long it does not say
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ body }));
		socket.rest = setTimeout(close, keepAliveMs, socket);
	}
}

function onRequest(request, response) {
	const hash = createHash('sha256');

	if (request.url === '/ping') {
		response.setHeader('connection', 'close').end('pong');
		return;
	}
	clearTimeout(request.socket.rest);
	request.on('data', piece => hash.update(piece)).on('end', () => {
		const body = hash.digest('hex');

		parentPort.postMessage({ body, connections });
		waiting.push([response, body]);
		if (waiting.length === together)
			answerAll();
	});
}

const server = createServer({ keepAliveTimeout: 0 }, onRequest);

server.on('connection', () => connections++);
server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));
