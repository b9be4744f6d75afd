"""The design language: ``itop_design`` XML files, merged by their ``_delta`` instructions, become a ``Model``."""

from interdesk.model.design.bundle import bundled, design_file, optional
from interdesk.model.design.checks import OqlCheck
from interdesk.model.design.export import export_json, export_xml
from interdesk.model.design.faults import Fault
from interdesk.model.design.loader import Checked, check, load

__all__ = [
    "Checked",
    "Fault",
    "OqlCheck",
    "bundled",
    "check",
    "design_file",
    "export_json",
    "export_xml",
    "load",
    "optional",
]
