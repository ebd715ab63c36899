"""Opening an extract: what it is, and its import as a stream of batches.

Recognised: a folder of NDJSON (FHIR Bulk Data), FHIR bundles and single resources in JSON, the flat
files of the clinosim simulator, our own CSV template, a workbook with one sheet per block.
Not for: storing what comes out (`ledger`), nor the sentences about it (`reasons`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from kit.core.errors import BadInput
from kit.exchange.fhir import mappers
from kit.exchange.fhir.reading import FhirSource
from kit.exchange.flat.clinosim import Clinosim
from kit.exchange.flat.tables import TABLES, TableSource
from kit.exchange.flat.template import Template
from kit.exchange.pipeline import Course, snapshot_id
from kit.exchange.source import Source, files_of
from kit.exchange.unit import Batch

_FHIR = (".json", ".ndjson", ".jsonl")
_CLINOSIM = frozenset(("patients", "encounters", "orders"))


class Intake:
    """An extract that was recognised. label: its name for people; total_bytes: of its files."""

    def __init__(self, path: Path, kind: str, total_bytes: int) -> None:
        self.path, self.kind, self.total_bytes = path, kind, total_bytes
        self.label = path.name or str(path)
        self._surveyed: Source | None = None

    @property
    def extracted_at(self) -> int:
        """When the extract was taken, UTC ms, 0 unknown. Reads the whole extract once."""
        return self._survey().extracted_at

    @property
    def snapshot(self) -> str:
        """The snapshot's id, from its content alone. Reads the whole extract once."""
        return snapshot_id(self._survey().digest)

    def _survey(self) -> Source:
        if self._surveyed is None:
            self._surveyed = open_source(self.path, self.kind)
            for _step in self._surveyed.survey():
                pass
        return self._surveyed

    def batches(
        self, known: Callable[[bytes], bool], *, import_id: str, now_ms: int
    ) -> Iterator[Batch]:
        """The import, step by step; known: whether a digest (unit or event) is in already."""
        source = open_source(self.path, self.kind)
        course = Course(source, known, now_ms, self.label, self.path.name or import_id)
        yield from course.run(self.total_bytes)


def open_source(path: Path, kind: str) -> Source:
    """The reader of this kind of extract."""
    mappers.load()
    if kind == "clinosim-csv":
        return TableSource(path, Clinosim())
    if kind == "template":
        return TableSource(path, Template())
    return FhirSource(path, kind)


def open_intake(path: Path) -> Intake:
    """Recognise an extract. Raises BadInput `IMP-010`, `IMP-012` (nothing), `IMP-011`."""
    if not path.exists():
        raise BadInput("IMP-010", name=path.name)
    files = files_of(path)
    if not files:
        raise BadInput("IMP-012", name=path.name)
    kind = recognise(path, files)
    if not kind:
        raise BadInput("IMP-011", name=path.name)
    return Intake(path, kind, sum(file.stat().st_size for file in files))


def recognise(path: Path, files: list[Path]) -> str:
    """`fhir-bulk`, `fhir`, `clinosim-csv`, `template` (CSV or a workbook), or empty."""
    suffixes = {suffix.lower() for file in files for suffix in file.suffixes}
    if suffixes & {".ndjson", ".jsonl"}:
        return "fhir-bulk"
    if suffixes & set(_FHIR):
        return "fhir"
    if not suffixes & set(TABLES):
        return ""
    names = {file.name.partition(".")[0].lower() for file in files}
    return "clinosim-csv" if names >= _CLINOSIM else "template"
