// backend: a process that gives every request the same answer, and lets as many connections wait to
// be accepted as its argument says.

import { createServer } from 'node:http';

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
	request.resume().on('end', () => {
		response.setHeader('content-type', 'application/json');
		response.end(request.url === '/ping' ? 'pong' : '{"clip":"[0.5]"}');
	});
});

process.on('SIGTERM', () => process.exit(0));
server.listen({ port: 0, host: '127.0.0.1', backlog: Number(process.argv[2]) }, () => {
	console.log(`listening on 127.0.0.1:${server.address().port}`);
});
