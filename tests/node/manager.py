"""A service manager's end of $NOTIFY_SOCKET, since Node has no datagrams of Unix: binds the socket
named, and prints what comes, a datagram a line, with "; " for the line ends in it."""

import signal
import socket
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print("listening on", sys.argv[1], flush=True)
while True:
    print(manager.recv(4096).decode().replace("\n", "; "), flush=True)
