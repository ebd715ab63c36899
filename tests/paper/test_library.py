"""A form that would print a hole, a speck or a lie is refused when it is read, in plain French."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.core.errors import Misconfigured
from kit.paper import dictionary
from kit.paper.faults import sentence
from kit.paper.library import compile_form, house_forms, with_overrides
from kit.paper.pack import render_patient
from tests.paper.reading import flat, page_texts
from tests.paper.sample import Allotter, patient, ward_pack

HEAD = (
    'id = "ESSA"\nversion = 1\npage = "A4P"\nscope = "patient"\n[title]\nfr = "Essai"\n[[block]]\n'
)
TABLE = HEAD + 'kind = "table"\nsource = "problems"\n'
COLUMN = '[[block.columns]]\nlabel = {{ fr = "Colonne" }}\nmm = {mm}\nfield = "{field}"\n'


def column(mm: float = 60, field: str = "text") -> str:
    """One column in TOML."""
    return COLUMN.format(mm=mm, field=field)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TABLE + column(107) * 2, "colonnes 214 mm > 186 mm"),
        (TABLE + column() + "couleur = 3\n", "champ inconnu « couleur »"),
        (HEAD + 'kind = "html"\n', "kind inconnu « html »"),
        (TABLE + column(field="texte"), "« texte » n’est pas dans le dictionnaire"),
        (TABLE.replace("problems", "patients") + column(), "« patients » n’est pas dans le"),
        (TABLE + column(4), "minimum"),
        (TABLE + "size = 5\n" + column(), "5 pt"),
        (TABLE + "blank_rows = 2\nmin_row_mm = 5\n" + column(), "5 mm"),
        (HEAD.replace("fr =", "en =") + 'kind = "text"\ntext = { fr = "a" }\n', "français"),
        (HEAD + 'kind = "text"\ntext = "a"\n', "Expected"),
        (HEAD.replace("ESSA", "Ess") + 'kind = "pagebreak"\n', "id = 4"),
        (
            HEAD + 'kind = "pagebreak"\nname = "a"\n[[block]]\nkind = "pagebreak"\nname = "a"\n',
            "« a »",
        ),
        ('id = "ESSA"\nextends = "RIEN"\n', "« RIEN »"),
        ("id = ", "TOML"),
        (HEAD.replace("[[block]]", "") + "[block]\na = 1\n", "block = [[…]]"),
        (TABLE + "columns = 3\n", "block = [[…]]"),
        ('id = "FPAT"\nextends = "FPAT"\nremove = 3\n', "remove ="),
        (HEAD + 'kind = "notice"\nfield = "patient.secret"\n', "« patient.secret »"),
    ],
)
def test_a_bad_form_is_refused_with_its_reason(text: str, words: str) -> None:
    """The person who edits a form reads what to mend, and the form is not used."""
    with pytest.raises(Misconfigured) as fault:
        compile_form(text, "essai.toml", house_forms())
    said = flat(sentence(fault.value))
    assert words in said
    assert "Le formulaire n’est pas utilisé" in said


def test_a_hospital_lays_its_own_over_a_form(tmp_path: Path) -> None:
    """`extends` renames, removes, reorders, replaces and adds blocks."""
    (tmp_path / "fpat.toml").write_text(
        'id = "FPAT"\nextends = "FPAT"\nversion = 2\nremove = ["devices", "history"]\n'
        '[title]\nfr = "Fiche de Valmont"\n'
        '[[block]]\nkind = "text"\nname = "mot"\nafter = "alerts"\ntext = { fr = "Mot" }\n',
        encoding="utf-8",
    )
    library = with_overrides(tmp_path)
    names = [block.name for block in library["FPAT"].block]
    assert "devices" not in names
    assert names.index("mot") == names.index("alerts") + 1
    rendered = render_patient(
        ward_pack(0), patient(1), Allotter(), forms=("FPAT",), library=library
    )
    page = flat(page_texts(rendered.pdf)[0])
    assert "Fiche de Valmont" in page
    assert "Mot" in page
    assert "Antécédents" not in page
    assert rendered.sheets[0].version == 2
    assert rendered.sheets[0].form_digest != house_forms()["FPAT"].digest


def test_an_override_cannot_go_below_the_minima(tmp_path: Path) -> None:
    """What a hospital changes is checked like the house's own forms."""
    (tmp_path / "tran.toml").write_text(
        'id = "TRAN"\nextends = "TRAN"\nversion = 2\n[[block]]\nkind = "lines"\nrows = 3\n'
        "row_mm = 4\n",
        encoding="utf-8",
    )
    with pytest.raises(Misconfigured) as fault:
        with_overrides(tmp_path)
    assert fault.value.code == "PAP-013"


def test_an_override_can_reorder(tmp_path: Path) -> None:
    """`order` names the blocks that stay, in their new order."""
    (tmp_path / "fpat.toml").write_text(
        'id = "FPAT"\nextends = "FPAT"\nversion = 3\norder = ["problems", "alerts"]\n',
        encoding="utf-8",
    )
    blocks = with_overrides(tmp_path)["FPAT"].block
    assert [block.name for block in blocks] == ["problems", "alerts"]


def test_the_house_has_its_forms() -> None:
    """The ward pack's forms compile, and each says how it is kept."""
    assert set(house_forms()) >= {"CENS", "FPAT", "MEDA", "SURV", "TRAN", "GARD", "TELE"}
    assert all(form.retention for form in house_forms().values())


def test_every_field_is_in_the_handbook() -> None:
    """Whoever writes a form finds each published name in docs/paper.md."""
    handbook = (Path(__file__).resolve().parents[2] / "docs" / "paper.md").read_text("utf-8")
    names = {*dictionary.PATIENT, *dictionary.WARD, *dictionary.SOURCES}
    for source in dictionary.SOURCES.values():
        names |= set(source.fields)
    missing = sorted(name for name in names if f"`{name}`" not in handbook)
    assert not missing
