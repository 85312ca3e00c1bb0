"""A language model server that misbehaves by plan, as a process of its own; its log is the referee.

    with fake_server(Plan(faults={"500": 0.2}, latency=0.05)) as server:
        ...  # openai_api_base=server.url
    server.log()  # one row per request that arrived

Standard library only. `plan.py` says what can be asked for, `faults.py` what each fault does, `profiles.py` what kinds
of server refuse, `answerers.py` what a good answer is, `server.py` is the process.
"""

from tests.llm_server.plan import Plan
from tests.llm_server.running import FakeServer, fake_server

__all__ = ["FakeServer", "Plan", "fake_server"]
