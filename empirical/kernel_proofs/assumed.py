"""The axioms on which a certificate may rest, by what its check computes with."""

from empirical.kernel_proofs.check_source import Numbers
from theory.kernel.assumptions import CLASSICAL_REALS


def _names(module: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names.split())


MACHINE_INTEGERS = (
    _names(
        "PrimInt63",
        "int add sub mul div mod eqb ltb leb compare land lor lxor lsl lsr head0 tail0 addc subc "
        "addcarryc subcarryc addmuldiv diveucl diveucl_21 mulc asr divs mods ltsb lesb compares",
    )
    | _names(
        "Uint63",
        "of_to_Z add_spec sub_spec mul_spec div_spec mod_spec eqb_correct eqb_refl ltb_spec "
        "leb_spec compare_def_spec land_spec lor_spec lxor_spec lsl_spec lsr_spec head0_spec "
        "tail0_spec addc_def_spec subc_def_spec addcarryc_def_spec subcarryc_def_spec "
        "addmuldiv_def_spec diveucl_def_spec diveucl_21_spec mulc_spec",
    )
    | _names("Sint63", "asr_spec div_spec mod_spec ltb_spec leb_spec compare_spec")
)
"""The machine's integers of 63 bits, and what each operation is."""

MACHINE_FLOATS = _names(
    "PrimFloat",
    "float abs add classify compare div eqb frshiftexp ldshiftexp leb ltb mul next_down next_up "
    "normfr_mantissa of_uint63 opp sqrt sub",
) | _names(
    "FloatAxioms",
    "Prim2SF_SF2Prim Prim2SF_valid SF2Prim_Prim2SF abs_spec add_spec classify_spec compare_spec "
    "div_spec eqb_spec frshiftexp_spec ldshiftexp_spec leb_spec ltb_spec mul_spec next_down_spec "
    "next_up_spec normfr_mantissa_spec of_uint63_spec opp_spec sqrt_spec sub_spec",
)
"""The machine's floats of 64 bits, and what each operation is."""

ALLOWED = {
    Numbers.MACHINE_FLOATS: CLASSICAL_REALS | MACHINE_INTEGERS | MACHINE_FLOATS,
    Numbers.MACHINE_INTEGERS: CLASSICAL_REALS | MACHINE_INTEGERS,
    Numbers.BINARY_INTEGERS: CLASSICAL_REALS,
}


def in_words(assumed: tuple[str, ...]) -> str:
    """The axioms of a proof, the machine's by their number."""
    reals = [name for name in assumed if name in CLASSICAL_REALS]
    integers = sum(name in MACHINE_INTEGERS for name in assumed)
    floats = sum(name in MACHINE_FLOATS for name in assumed)
    clauses = [f"{len(reals)} axioms of the classical real numbers ({', '.join(reals)})"]
    if integers:
        clauses.append(f"{integers} of machine integers")
    if floats:
        clauses.append(f"{floats} of machine floats")
    return "; ".join(clauses)
