# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures certd's HTTPS beside nginx and hitch, in turns: handshakes, a page, memory, a swap. Part of bench.

openssl s_time makes whole handshakes, one after another in each of its processes; wrk asks for the page over
connections that are kept. Beside each rate is what the server's own processes spent of the processors: that says
more on a machine that is busy with something else too.
"""

import http.client
import json
import os
import pathlib
import re
import ssl
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

import https_servers as servers

ROUNDS, SECONDS = 3, 3
HANDSHAKERS, KEPT = 8, 16  # processes of s_time; connections of wrk, in two threads
SWAPS, SWAP_CLIENTS = 5, 16
# certd-tls has a thread for each processor, so it is compared with the nginx that has a worker for each.
COMPARED = "nginx, worker_processes auto"
HANDSHAKES = {"TLS 1.3 handshakes": "-tls1_3", "TLS 1.2 handshakes": "-tls1_2"}
KEPT_ALIVE = "static page, kept alive"


def output(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT).stdout


def spent(pids):
    """Seconds of processor time, of all threads."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def handshakes(port, version):
    """How many in a second."""
    command = ["openssl", "s_time", "-new", version, "-connect", f"127.0.0.1:{port}", "-time", str(SECONDS),
               "-no-CAfile", "-no-CApath", "-no-CAstore"]  # which take longer to be read than all handshakes
    begun = time.monotonic()
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True) for _ in range(HANDSHAKERS)]
    said = [process.communicate()[0] for process in processes]
    lasted = time.monotonic() - begun
    counts = [re.search(r"^(\d+) connections in \d+ real seconds", text, re.M) for text in said]
    assert all(counts), f"a handshake failed:\n{said[counts.index(None)]}"
    return sum(int(count[1]) for count in counts), lasted


def requests(port):
    """How many in a second."""
    said = output("wrk", "-t2", f"-c{KEPT}", f"-d{SECONDS}s", f"https://127.0.0.1:{port}/")
    failed = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors:.*", said)
    assert failed is None, failed[0]
    count, lasted = re.search(r"(\d+) requests in ([\d.]+)s", said).groups()
    return int(count), float(lasted)


def measure(server, function, *arguments):
    """One turn: how many in a second, and microseconds of the server's own for each."""
    before = spent(server.pids())
    count, lasted = function(server.port, *arguments)
    return count / lasted, 1e6 * (spent(server.pids()) - before) / count


def rates(running, add):
    """All servers in turns, so that whatever else the machine does is everybody's; the median is what counts."""
    for name, function, *arguments in (*((name, handshakes, option) for name, option in HANDSHAKES.items()),
                                       (KEPT_ALIVE, requests)):
        turns = {server.name: [] for server in running}
        for _ in range(ROUNDS):
            for server in running:
                turns[server.name].append(measure(server, function, *arguments))
        for server in running:
            values, costs = zip(*turns[server.name])
            add(f"{name}: {server.name}",
                {"per_second": statistics.median(values), "min_per_second": min(values),
                 "max_per_second": max(values), "cpu_us": statistics.median(costs)})
        ratios = [mine[0] / other[0] for mine, other in zip(turns["certd"], turns[COMPARED])]
        add(f"{name}: certd / {COMPARED}",
            {"ratio": statistics.median(ratios), "min_ratio": min(ratios), "max_ratio": max(ratios)})


def memory(running, add):
    """Proportional (PSS), what processes share counts once; and resident (RSS), where each has it."""
    sign_in()
    sessions = [pid for pid in servers.tree(servers.program("session")) if name_of(pid) == "certd-session"]
    add("memory of certd-tls, certd-web and a certd-session",
        kib([servers.program("tls"), servers.program("web"), sessions[-1]]))
    for server in running[1:]:
        add(f"memory of {server.name}", kib(server.pids()))


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()


def kib(pids):
    text = "".join(pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in pids)
    return {key: sum(int(size) for size in re.findall(rf"^{name}: +(\d+) kB", text, re.M))
            for key, name in (("kib", "Pss"), ("resident_kib", "Rss"))}


def sign_in():
    """A session, which stays."""
    place = urllib.parse.urlsplit(os.environ["CERTD_WEB_URL"])
    connection = http.client.HTTPConnection(place.hostname, place.port)
    connection.sock = servers.connect(place.port)
    connection.request("POST", "/redfish/v1/SessionService/Sessions", headers={"Content-Type": "application/json"},
                       body=json.dumps({"UserName": os.environ["CERTD_WEB_USER"],
                                        "Password": os.environ["CERTD_WEB_PASSWORD"]}))
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


class Load:
    """Clients that ask for the page again and again, half of them over a new connection each time."""

    def __init__(self, port):
        self.port = port
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.answered = self.failed = 0
        self.threads = [threading.Thread(target=self.ask, args=(kept,)) for kept in (False, True)
                        for _ in range(SWAP_CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def ask(self, kept):
        connection = None
        while not self.over.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port)
                    connection.sock = servers.connect(self.port)
                connection.request("GET", "/")
                answer = connection.getresponse()
                good = answer.status == 200 and bool(answer.read())
            except (OSError, ssl.SSLError, http.client.HTTPException):
                good = False
            if connection is not None and not (kept and good):
                connection.close()
                connection = None
            with self.lock:
                self.answered += good
                self.failed += not good


def exported():
    return (pathlib.Path(os.environ["CERTD_RUNTIME_DIRECTORY"]) / "export" / "https" / "tls.crt").read_bytes()


def swap(server, load):
    """Milliseconds from the moment that certd has the new certificate to the handshake that shows it; a peer
    is told at that moment."""
    before = servers.shown(server.port)
    output("certctl", "self-sign", "https")
    begun = time.monotonic()
    server.renew()
    wait_for(lambda: servers.shown(server.port) not in (before, None), f"{server.name}'s next certificate")
    lasted = 1000 * (time.monotonic() - begun)
    answered = load.answered
    wait_for(lambda: load.answered > answered + 4 * SWAP_CLIENTS, f"{server.name}'s answers")
    return lasted


def wait_for(condition, what):
    deadline = time.monotonic() + servers.TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {servers.TIMEOUT_SECONDS} s"
        time.sleep(0.0005)


def swaps(running, add):
    # The last is hitch once more: what it is before has no part in a swap.
    for server in running[:-1]:
        with Load(server.port) as load:
            times = sorted(swap(server, load) for _ in range(SWAPS))
        add(f"swap under load, {load.failed} of {load.answered + load.failed} requests failed: {server.name}",
            {"count": SWAPS, "p50_ms": times[SWAPS // 2], "max_ms": times[-1], "failed": load.failed,
             "requests": load.answered + load.failed})


def on_web_bus():
    """The rows, on a private bus with the web."""
    rows = []

    def add(name, result):
        rows.append({"certificates": 1, "name": name, **result})

    output("certctl", "consumers", "https", "add", "user:root")
    with tempfile.TemporaryDirectory() as scratch, servers.running(pathlib.Path(scratch)) as running:
        for part in (rates, memory, swaps):
            part(running, add)
    return rows
