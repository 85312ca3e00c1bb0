"""Two hundred lines as runs and services write them: full of what looks like keys, and with no secret in any."""

from __future__ import annotations

from hashlib import md5, sha1, sha256
from uuid import UUID

_FIXED = """
Template: the tokenizer's own.
Data: 1,024 examples, 81,920 tokens, 43% of them learnt, 12 examples cut at max_length.
eos_token: <|im_end|> pad_token: <|endoftext|> bos_token: None
tokens_per_second 1234.5 tokens 81920 num_tokens=4096
Loading sk-learn-compatible-estimator-wrapper
scikit-learn sk-learn task-specific-risk-adjusted-score
Bearer authentication is not set; Bearer tokens are compared in constant time
basic authentication required
hf_transfer is not installed; hf_xet 1.8.0 is
hf_hub_download took 3.2 s
hf download Qwen/Qwen2.5-0.5B-Instruct
http://127.0.0.1:8000/ui/jobs/0123456789abcdef0123456789abcdef
https://huggingface.co/Qwen/Qwen2.5-0.5B-Instruct/resolve/main/config.json
https://user@host/path
git@github.com:owner/name.git
models--Qwen--Qwen2.5-0.5B-Instruct/snapshots/7ae557604adf67be50417f59c2c2f167def9a775
/home/someone/.cache/huggingface/hub/models--a--b/blobs/e3b0c44298fc1c149afbf4c8996fb924
C:\\Users\\someone\\models\\adapter_model.safetensors
base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight
model.layers.23.mlp.down_proj.weight BF16 [896, 4864]
LoRA r 16, alpha 32, dropout 0.05, all-linear
session cookies are signed; session=none
The key of the judge is a setting of this machine: OPENAI_API_KEY.
OPENAI_API_KEY is not set, and api.openai.com is not on this machine: put the key into .env
password must have 12 letters
UserWarning: `use_cache=True` is incompatible with gradient checkpointing
RuntimeError: expected scalar type BFloat16 but found Float
File "/usr/lib/python3.11/site-packages/torch/nn/modules/linear.py", line 134, in forward
AKIA is a prefix; xoxb is another; ghp_ and github_pat_ too
eyJ begins many a token
version 5.23.0+cu128.post1-20261123
ETA 00:12:34, 1e-05, 2.5e-4, nan, inf
""".strip().splitlines()


def _made() -> list[str]:
    lines = []
    for n in range(24):
        seed = str(n).encode()
        lines += [
            f"step {n * 5} of 300  loss {3 / (n + 1):.4f}  learning_rate {2e-4 * (1 - n / 24):.6g}",
            f"dataset sha256 {sha256(seed).hexdigest()}",
            f"commit {sha1(seed).hexdigest()} of owner/model-{n}",
            f'etag "{md5(seed).hexdigest()}" for model-0000{n % 9}-of-00009.safetensors',
            f"job {UUID(bytes=md5(seed).digest()).hex} succeeded after {n * 7.3:.1f} s",
            f"peak memory {n * 1_000_003:,} bytes, {n} tokens skipped, batch 0x{n * 4097:08x}",
            f"/srv/models/adapter-{n}_v{n}.{n}/checkpoint-{n * 200}/trainer_state.json",
        ]
    return lines


LINES = [*_FIXED, *_made()]
