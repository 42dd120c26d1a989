"""E05: the way to a backend, what it answers, and the local one at work."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0501",
        "Nothing answers at the address of the backend",
        "The connection was refused, reset or closed: nothing listens there, or it is going away.",
        "Check the address. The local backend: stigmer server status, stigmer server start.",
        """$ stigmer run reviewer --server 127.0.0.1:7234
Error: cannot reach the backend at 127.0.0.1:7234: nothing listens there (connection refused)""",
    ),
    ErrorPage(
        "E0502",
        "The host of the backend is not known",
        "DNS has no such name, or there is no network.",
        "Check the spelling of the name and the network.",
        """$ stigmer run reviewer --server stigmer.exmaple.com:443
Error: cannot reach the backend at stigmer.exmaple.com:443: no host "stigmer.exmaple.com" is known (DNS)""",
    ),
    ErrorPage(
        "E0503",
        "There is no TLS connection to the backend",
        "Its certificate has expired, is for another name, or is signed by an authority that is not "
        "known here; or one side speaks TLS and the other does not.",
        "https:// before the address asks for TLS. For an authority of your own: STIGMER_CA_FILE=ca.pem, "
        "or backend.cloud.ca_file in ~/.stigmer/config.yaml.",
        """$ stigmer run reviewer --server https://stigmer.example.com
Error: what answers at stigmer.example.com:443 is not trusted: its certificate has expired""",
    ),
    ErrorPage(
        "E0504",
        "The backend does not answer in time",
        "The connection is there, or hangs, and no answer came. A firewall drops packets, or the "
        "backend is busy.",
        "Try again; the log of the local backend: stigmer server logs.",
        """$ stigmer executions list --server 192.0.2.1:7234
Error: the backend at 192.0.2.1:7234 did not answer in time""",
    ),
    ErrorPage(
        "E0505",
        "What answers at the address is no Stigmer server",
        "It speaks HTTP, but not gRPC: a web page, a proxy or another API.",
        "Check host and port. A proxy in between must pass on HTTP/2.",
        """$ stigmer run reviewer --server 127.0.0.1:8000
Error: what answers at 127.0.0.1:8000 is no Stigmer server: it does not speak gRPC (HTTP/2)""",
    ),
    ErrorPage(
        "E0506",
        "The backend does not know your token",
        "It wants a token, and there was none, or another one. A local backend makes a new one with "
        "each start.",
        "Set STIGMER_API_KEY; for the cloud, backend.cloud.token in ~/.stigmer/config.yaml.",
        """$ stigmer run reviewer --server 127.0.0.1:7234
Error: the backend at 127.0.0.1:7234 rejected your credentials: this address needs a token""",
    ),
    ErrorPage(
        "E0507",
        "The backend does not allow this",
        "Your token is known, and may not do this in this organization.",
        "Check --org; ask who runs the backend.",
        """$ stigmer apply --server https://stigmer.example.com
Error: the backend at stigmer.example.com:443 does not allow this: no access to organization acme""",
    ),
    ErrorPage(
        "E0508",
        "The backend does not support this",
        "It is a Stigmer server without the extensions of ours, is older than this command, or is another "
        "gRPC server.",
        "Check the address; docs/servers.md says which server can do what.",
        """$ stigmer executions prune --server 127.0.0.1:50051
Error: the backend at 127.0.0.1:50051 cannot delete executions by their age or number""",
    ),
    ErrorPage(
        "E0509",
        "The backend is at its limit",
        "So many executions, connections or so much memory are in use that it takes no more.",
        "Wait for executions to end, or cancel some: stigmer executions list.",
        """$ stigmer run reviewer
Error: the local backend is at its limit: 1000 executions are running already""",
    ),
    ErrorPage(
        "E0510",
        "The backend failed",
        "It could not do what it was asked, through no fault of the request. Its log says more.",
        "See its log; that of the local backend: stigmer server logs. A bug there has a reference; please "
        "report it.",
        """$ stigmer run reviewer
Error: the local backend failed: a bug in the backend (KeyError, reference 1f2e3d4c)""",
    ),
    ErrorPage(
        "E0511",
        "The backend does not accept what was sent",
        "A field has a value that its rules forbid; the message names field and rule.",
        "Correct it where it is declared.",
        """$ stigmer apply
Error: could not deploy workflow report: workflow validation failed: task poem: unknown kind""",
    ),
    ErrorPage(
        "E0512",
        "The backend does not have it",
        "Nothing has this id or slug in this organization, perhaps no longer.",
        "Deploy it first (stigmer apply), or check the id and --org.",
        """$ stigmer executions cancel wex-01abc
Error: WorkflowExecution not found: wex-01abc""",
    ),
    ErrorPage(
        "E0513",
        "The state of things forbids it",
        "The request is right, but not now: what it needs is missing, or has ended.",
        "Do what the message names first.",
        """$ stigmer run reviewer
Error: an environment of the instance is missing: Environment not found: staging""",
    ),
    ErrorPage(
        "E0514",
        "The backend has it already",
        "Another resource has the id or the slug.",
        "Choose another name, or delete the other one.",
        """$ stigmer apply
Error: could not deploy agent reviewer: the slug "reviewer" is taken""",
    ),
    ErrorPage(
        "E0520",
        "The local backend has no log yet",
        "It was never started with this data directory.",
        "Start it: stigmer server start. STIGMER_DATA_DIR chooses the directory.",
        """$ stigmer server logs
Error: there is no log yet: /home/anne/.stigmer/data/stigmerd.log""",
    ),
    ErrorPage(
        "E0521",
        "A running backend was started with other options",
        "It does not listen where it should now, or lets others in.",
        "Stop it and start it again: stigmer server stop; its executions continue.",
        """$ stigmer server start --listen 127.0.0.1:7234
Error: a running backend (process 4711) does not listen on 127.0.0.1:7234""",
    ),
    ErrorPage(
        "E0522",
        "The backend does not stop",
        "It was told to, and is still there.",
        "Its log may say why; end the process that the message names.",
        """$ stigmer server stop
Error: the backend (process 4711) did not stop within 15 s""",
    ),
    ErrorPage(
        "E0523",
        "The backend or its data is of another version",
        "Another installation of this program started it, or wrote the database.",
        "Use the newer installation, or stop the backend: stigmer server stop. A newer database "
        "cannot be read by an older program: STIGMER_DATA_DIR names another directory.",
        """$ stigmer run
Error: the running backend is newer (2.1, protocol 9) than this command (2.0, protocol 8)""",
    ),
    ErrorPage(
        "E0524",
        "Another process uses the data directory",
        "Only one backend can have it. One that does not answer holds the lock, or one that cannot be"
        " seen from here: in another container or on another machine.",
        "End that process, or choose another directory with STIGMER_DATA_DIR.",
        """$ stigmer server start
Error: process 4711 holds /home/anne/.stigmer/data/lock but does not answer""",
    ),
    ErrorPage(
        "E0525",
        "The backend belongs to somebody else",
        "A process of another user answers at the socket or has the lock.",
        "Choose a data directory of your own with STIGMER_DATA_DIR, or use their address: --server ADDR.",
        """$ stigmer server stop
Error: the backend (process 4711) belongs to somebody else""",
    ),
    ErrorPage(
        "E0526",
        "The backend is not ready yet",
        "It was started, and has not answered in time: a slow disk, or a long recovery after a crash.",
        "Try again in a moment; see stigmer server logs.",
        """$ stigmer run
Error: the backend was started but is not ready yet""",
    ),
    ErrorPage(
        "E0527",
        "The backend of this port is gone",
        "The address was one of your own backend, which died. Whatever listens there now may belong "
        "to somebody else, and would get your secrets.",
        "Start yours again at this address, or forget it: stigmer server stop.",
        """$ stigmer run --server 127.0.0.1:7234
Error: 127.0.0.1:7234 was an address of your backend (process 4711), which is gone""",
    ),
    ErrorPage(
        "E0528",
        "The data directory cannot be used",
        "It cannot be made or written, somebody else may have made it, or there is no home directory.",
        "Make it writable for you alone, or choose another one with STIGMER_DATA_DIR.",
        """$ STIGMER_DATA_DIR=/root/data stigmer run
Error: cannot use /root/data: Permission denied""",
    ),
    ErrorPage(
        "E0529",
        "The backend ended while it started",
        "The message has the last lines of its log.",
        "See stigmer server logs; please report what looks like a bug.",
        """$ stigmer server start
Error: the backend ended while it started:""",
    ),
    ErrorPage(
        "E0530",
        "The database cannot be used",
        "Reading or writing it failed, or another program's database has its place.",
        "Check the disk. STIGMER_DATA_DIR names another directory.",
        """$ stigmer run
Error: cannot read or write /home/anne/.stigmer/data/stigmer.db (disk I/O error)""",
    ),
    ErrorPage(
        "E0531",
        "The database is damaged",
        "It or its log does not hold what it should, after a crash of the machine or of the disk. It "
        "was left as it is.",
        "Put a backup (*.backup beside it) in its place, or move it away to start with an empty one.",
        """$ stigmer server start
Error: /home/anne/.stigmer/data/stigmer.db is damaged (database disk image is malformed)""",
    ),
    ErrorPage(
        "E0532",
        "The encryption key does not fit",
        "Secrets are stored encrypted. The key file or STIGMER_ENCRYPTION_KEY is no key, cannot be "
        "read, or is another one than before.",
        "Restore the key file, or set STIGMER_ENCRYPTION_KEY; else store the secrets again.",
        """$ stigmer server start
Error: STIGMER_ENCRYPTION_KEY is not an encryption key""",
    ),
    ErrorPage(
        "E0533",
        "The backend cannot listen on the address",
        "It is no address, belongs to no interface of this machine, is in use, or would let everybody in.",
        "Write HOST:PORT with a port that is free, 127.0.0.1:7234 for instance; port 0 takes any.",
        """$ stigmer server start --listen foo
Error: --listen: "foo" is no address to listen on: it is not HOST:PORT""",
    ),
)
