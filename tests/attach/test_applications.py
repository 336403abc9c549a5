"""Programs that nobody here wrote."""

import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.programs.footprint import footprint

LIBSSL = "/usr/lib/x86_64-linux-gnu/libssl.so.3"
REQUEST = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"


def needs(*names):
    for name in names:
        if not (Path(name).exists() if name.startswith("/") else shutil.which(name)):
            pytest.skip(f"{name} is not installed")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until_listening(port, process):
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)


def fetch(port):
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", port), 20) as plain, context.wrap_socket(plain) as secure:
        secure.sendall(REQUEST)
        answer = b""
        while block := secure.recv(65536):
            answer += block
    assert b"200" in answer.splitlines()[0], answer[:200]
    return answer


def assert_code_restored(before, pid):
    """These programs may map memory and open files as they work; code and threads must be as before."""
    after = footprint(pid)
    assert after.code == before.code
    assert after.threads == before.threads
    assert not [place for place in after.mappings if "utrace" in place]


@pytest.fixture
def certificate(tmp_path):
    needs("openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command = ["openssl", *words.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for file in (tmp_path, key, certificate):
        file.chmod(0o755)
    return certificate, key


@pytest.fixture
def server(certificate):
    """`server(command, port)`: a running server."""
    processes = []

    def start(command, port):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.PIPE
        )
        processes.append(process)
        until_listening(port, process)
        return process

    yield start
    for process in processes:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_openssl_server(trace, server, certificate):
    needs(LIBSSL)
    port = free_port()
    command = ["openssl", "s_server", "-quiet", "-www", "-accept", str(port)]
    process = server([*command, "-cert", str(certificate[0]), "-key", str(certificate[1])], port)
    fetch(port)
    before = footprint(process.pid)
    script = (
        f"uprobe:{LIBSSL}:SSL_new {{ @new = count(); }} uretprobe:{LIBSSL}:SSL_new {{ @made = count(); }}"
    )
    script += f" uprobe:{LIBSSL}:SSL_free {{ @freed[comm] = count(); }}"
    session = trace(script, "-p", process.pid).armed()
    answers = [len(fetch(port)) for _ in range(5)]
    result = session.end()
    assert min(answers) > 100
    assert result.count("@new") == result.count("@made") == 5
    assert result.keys("@freed") == {"openssl": 5}
    assert_code_restored(before, process.pid)
    fetch(port)


def test_openssl_client_as_a_command(trace, server, certificate):
    needs(LIBSSL)
    port = free_port()
    command = ["openssl", "s_server", "-quiet", "-www", "-accept", str(port)]
    server([*command, "-cert", str(certificate[0]), "-key", str(certificate[1])], port)
    script = f"uprobe:{LIBSSL}:SSL_new {{ @ = count(); }} uretprobe:{LIBSSL}:SSL_new {{ @made = count(); }}"
    client = ["--", "openssl", "s_client", "-connect", f"127.0.0.1:{port}"]
    result = trace(script, *client).wait()
    assert (result.code, result.count(), result.count("@made")) == (0, 1, 1)


def test_nginx(trace, server, certificate, tmp_path):
    needs("nginx", LIBSSL)
    port = free_port()
    (tmp_path / "index.html").write_text("hello " * 1000)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/a; proxy_temp_path {tmp_path}/b;\n"
        f"fastcgi_temp_path {tmp_path}/c; uwsgi_temp_path {tmp_path}/d; scgi_temp_path {tmp_path}/e;\n"
        f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate[0]};\n"
        f"ssl_certificate_key {certificate[1]}; root {tmp_path}; }} }}\n"
    )
    process = server(["nginx", "-c", str(configuration)], port)
    fetch(port)
    before = footprint(process.pid)
    script = f"uprobe:{LIBSSL}:SSL_write {{ @bytes = sum(arg2); @[comm] = count(); }}"
    script += f" uretprobe:{LIBSSL}:SSL_write {{ @written = sum(retval); }}"
    session = trace(script, "-p", process.pid).armed()
    received = sum(len(fetch(port)) for _ in range(10))
    result = session.end()
    assert result.count("@written") == result.count("@bytes") == received
    assert list(result.keys("@")) == ["nginx"]
    assert_code_restored(before, process.pid)
    fetch(port)


def test_curl(trace, server, certificate):
    needs("curl")
    library = next(Path("/usr/lib/x86_64-linux-gnu").glob("libcurl.so.4"), None)
    if library is None:
        pytest.skip("curl has no libcurl.so.4")
    port = free_port()
    command = ["openssl", "s_server", "-quiet", "-www", "-accept", str(port)]
    server([*command, "-cert", str(certificate[0]), "-key", str(certificate[1])], port)
    script = f"uprobe:{library}:curl_easy_perform,uprobe:{library}:curl_multi_perform {{ @ = count(); }}"
    script += f" uretprobe:{library}:curl_easy_init {{ @init = count(); }}"
    client = ["--", "curl", "-sk", "-o", "/dev/null", f"https://127.0.0.1:{port}/"]
    result = trace(script, *client).wait()
    assert result.code == 0
    assert result.count() >= 1 <= result.count("@init")


def test_bash(trace):
    needs("bash")
    bash = shutil.which("bash")
    process = subprocess.Popen([bash, "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process.stdin.write("echo ready\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        before = footprint(process.pid)
        script = f"uprobe:{bash}:echo_builtin {{ @in = count(); }} uretprobe:{bash}:echo_builtin {{ @out = count(); }}"
        session = trace(script, "-p", process.pid).armed()
        process.stdin.write("for i in {1..100}; do echo $i; done; /bin/true; echo $(echo inside)\n")
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(101)] == [
            *(f"{i}\n" for i in range(1, 101)),
            "inside\n",
        ]
        result = session.end()
        # The one in the subshell is a child's, which -p leaves out.
        assert (result.count("@in"), result.count("@out")) == (101, 101)
        assert_code_restored(before, process.pid)
        assert process.communicate("echo done\n", timeout=20)[0] == "done\n"
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0


def test_ls(trace):
    script = "uprobe:libc:opendir { @[str(arg0)] = count(); } uretprobe:libc:readdir { @entries = count(); }"
    result = trace(script, "--", "ls", "/usr").wait()
    assert result.keys("@") == {"/usr": 1}
    assert result.count("@entries") == len(list(Path("/usr").iterdir())) + 3  # ".", ".." and the end


def test_python_with_tls(trace, server, certificate):
    port = free_port()
    code = (
        "import socket, ssl, sys\n"
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        f"context.load_cert_chain({str(certificate[0])!r}, {str(certificate[1])!r})\n"
        f"listener = socket.create_server(('127.0.0.1', {port}))\n"
        "while True:\n"
        "    plain, _ = listener.accept()\n"
        "    try:\n"
        "        with context.wrap_socket(plain, server_side=True) as secure:\n"
        "            secure.recv(1000); secure.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n' + b'x' * 5000)\n"
        "    except OSError: pass\n"
    )
    process = server([sys.executable, "-c", code], port)
    fetch(port)
    maps = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
    libraries = [line.split()[-1] for line in maps if "libssl" in line]
    if not libraries:
        pytest.skip("this Python has OpenSSL linked in")
    before = footprint(process.pid)
    path = libraries[0]
    script = f"uprobe:{path}:SSL_write_ex {{ @ = sum(arg2); }} uretprobe:{path}:SSL_write_ex {{ @ok = sum(retval); }}"
    session = trace(script, "-p", process.pid).armed()
    fetchers = [threading.Thread(target=fetch, args=(port,)) for _ in range(8)]
    for thread in fetchers:
        thread.start()
    for thread in fetchers:
        thread.join()
    result = session.end()
    assert (result.count(), result.count("@ok")) == (8 * 5019, 8)
    assert_code_restored(before, process.pid)
    fetch(port)
