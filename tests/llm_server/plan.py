"""What a fake server is asked to do wrong, and when."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """A plan; everything at random in it is drawn from `seed` and the question, so that it is the same each time.

    A fault is a name of `faults.py`, some with a number behind a colon: `429:1.5` (Retry-After), `slow:3`.

    Args:
        answerer: what a good answer is: `judge`, `writer`, `echo`, or `package.module:function`.
        profile: which forms and parameters are refused; see `profiles.py`.
        latency: seconds until an answer.
        spread: of log-normal latencies with that mean (sigma of the logarithm); 0 = constant.
        faults: share of questions by fault. A question is known by its first user message.
        faults_each: how many requests for the same question may be met by a fault of `faults`.
        script: fault of the n-th request to arrive, counted from 1.
        always: fault of every request whose question contains this text.
        after: from the n-th request on, always this fault.
        until: with `after`: up to the n-th request.
        key: what clients must send as a bearer token; None = anything.
        usage: whether answers tell their tokens.
    """

    answerer: str = "judge"
    profile: str = "openai"
    latency: float = 0.0
    spread: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    faults_each: int = 1
    script: Mapping[int, str] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    after: tuple[int, str] | None = None
    until: int | None = None
    key: str | None = None
    usage: bool = True
    seed: int = 0

    def fault(self, arrival: int, question: str, asked_before: int) -> str | None:
        """The fault that meets a request; None = none.

        Args:
            arrival: number of the request, from 1.
            question: its first user message.
            asked_before: requests for the same question so far.
        """
        if arrival in self.script:
            return self.script[arrival]
        if self.after and self.after[0] <= arrival <= (self.until or arrival):
            return self.after[1]
        for text, fault in self.always.items():
            if text in question:
                return fault
        if asked_before >= self.faults_each:
            return None
        draw = self.generator(question, asked_before).random()
        for fault, share in self.faults.items():
            draw -= share
            if draw < 0:
                return fault
        return None

    def latency_of(self, arrival: int) -> float:
        """Seconds until the n-th request is answered."""
        if not self.latency or not self.spread:
            return self.latency
        # The mean of a log-normal is exp(mu + sigma^2 / 2).
        mu = math.log(self.latency) - self.spread**2 / 2
        return self.generator("latency", arrival).lognormvariate(mu, self.spread)

    def generator(self, *content: object) -> random.Random:
        """Random numbers that depend on the seed and this content alone."""
        return random.Random(hashlib.sha256(repr((self.seed, content)).encode()).hexdigest())

    def to_json(self) -> str:
        """For the server's process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """In the server's process."""
        given: dict[str, Any] = json.loads(text)
        given["script"] = {int(arrival): fault for arrival, fault in given["script"].items()}
        return cls(**given)
