"""A small writer of GGUF files (version 3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Sequence, Union

import numpy as np

MAGIC, VERSION, ALIGNMENT = b"GGUF", 3, 32
F32, Q8_0 = 0, 8
BLOCK = 32

Value = Union[bool, int, float, str, Sequence[int], Sequence[float], Sequence[str]]
U32, I32, FLOAT, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9


def _string(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _typed(value: Value) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return BOOL, struct.pack("<?", value)
    if isinstance(value, int):
        return U32, struct.pack("<I", value)
    if isinstance(value, float):
        return FLOAT, struct.pack("<f", value)
    if isinstance(value, str):
        return STRING, _string(value)
    first = value[0]
    kind = STRING if isinstance(first, str) else FLOAT if isinstance(first, float) else I32
    head = struct.pack("<IQ", kind, len(value))
    if kind == STRING:
        return ARRAY, head + b"".join(_string(str(item)) for item in value)
    return ARRAY, head + struct.pack(f"<{len(value)}{'f' if kind == FLOAT else 'i'}", *value)


def quantize_q8_0(weights: np.ndarray) -> bytes:
    """Blocks of 32 values: a half-precision scale, then 32 signed bytes."""
    blocks = weights.astype(np.float32).reshape(-1, BLOCK)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127.0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    data = np.empty((len(blocks), 2 + BLOCK), dtype=np.uint8)
    data[:, :2] = scale.astype("<f2").view(np.uint8)
    data[:, 2:] = np.rint(blocks * inverse).astype(np.int8).view(np.uint8)
    return data.tobytes()


@dataclass
class _Tensor:
    name: str
    shape: tuple[int, ...]
    kind: int
    data: bytes


@dataclass
class GgufFile:
    values: dict[str, Value] = field(default_factory=dict)
    tensors: list[_Tensor] = field(default_factory=list)

    def add_tensor(self, name: str, weights: np.ndarray, quantized: bool) -> None:
        data = quantize_q8_0(weights) if quantized else weights.astype("<f4").tobytes()
        self.tensors.append(_Tensor(name, weights.shape, Q8_0 if quantized else F32, data))

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            self._write_head(file)
            for tensor in self.tensors:
                _pad(file)
                file.write(tensor.data)
            _pad(file)

    def _write_head(self, file: BinaryIO) -> None:
        file.write(MAGIC + struct.pack("<IQQ", VERSION, len(self.tensors), len(self.values)))
        for key, value in self.values.items():
            kind, data = _typed(value)
            file.write(_string(key) + struct.pack("<I", kind) + data)
        offset = 0
        for tensor in self.tensors:
            shape = tensor.shape[::-1]  # GGUF names the fastest dimension first
            file.write(_string(tensor.name) + struct.pack("<I", len(shape)))
            file.write(struct.pack(f"<{len(shape)}QIQ", *shape, tensor.kind, offset))
            offset += -(-len(tensor.data) // ALIGNMENT) * ALIGNMENT


def _pad(file: BinaryIO) -> None:
    file.write(b"\0" * (-file.tell() % ALIGNMENT))
