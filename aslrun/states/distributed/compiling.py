"""A distributed Map's fields → `DistributedMap`."""

from __future__ import annotations

from collections.abc import Mapping

from aslrun.expressions import Select
from aslrun.interpreter.loop import Machine
from aslrun.states.distributed.results import Transformation
from aslrun.states.distributed.state import Batcher, DistributedMap, Reader, Writer
from aslrun.states.fields import Compilation, Fields, Language
from aslrun.states.handling import compile_handling
from aslrun.states.resource import parse_resource
from aslrun.values import JSON

ONLY_DISTRIBUTED = ("ItemReader", "ItemBatcher", "ResultWriter")
"""Fields that only a distributed Map has."""
TRANSFORMATIONS: Mapping[str, Transformation] = {"NONE": "NONE", "COMPACT": "COMPACT", "FLATTEN": "FLATTEN"}


def compile_distributed_map(
    name: str, fields: Fields, processor: Fields, compilation: Compilation
) -> DistributedMap:
    """Compile a Map state whose `processor` says DISTRIBUTED in its ProcessorConfig."""
    language, label = compilation.language, fields.get("Label")
    return DistributedMap(
        name,
        label if isinstance(label, str) else None,
        _object(processor.get("ProcessorConfig")).get("ExecutionType") == "EXPRESS",
        compile_processor(processor, compilation),
        language.compile_input(fields, template=""),
        compile_reader(fields, language) if "ItemReader" in fields else None,
        language.compile_items(fields),
        language.compile_item_selector(fields),
        compile_batcher(_object(fields["ItemBatcher"]), language) if "ItemBatcher" in fields else None,
        compile_writer(_object(fields["ResultWriter"]), language) if "ResultWriter" in fields else None,
        language.compile_number(fields, "MaxConcurrency"),
        language.compile_number(fields, "ToleratedFailureCount"),
        language.compile_number(fields, "ToleratedFailurePercentage", integer=False),
        language.compile_output(fields),
        compile_handling(fields, language, failed="MapStateFailed"),
    )


def compile_processor(processor: Fields, compilation: Compilation) -> Machine:
    """Compile the machine of the children."""
    return compilation.compile_machine(processor)


def compile_reader(fields: Fields, language: Language) -> Reader:
    """Compile the ItemReader of a Map."""
    reader = _object(fields["ItemReader"])
    config = _object(reader.get("ReaderConfig"))
    return Reader(
        _action(reader),
        _arguments(reader, language),
        config,
        language.compile_number(config, "MaxItems"),
        language.compile_items(fields) if "ItemsPath" in fields else None,
    )


def compile_batcher(batcher: Fields, language: Language) -> Batcher:
    """Compile an ItemBatcher."""
    return Batcher(
        language.compile_number(batcher, "MaxItemsPerBatch"),
        language.compile_number(batcher, "MaxInputBytesPerBatch"),
        language.compile_item_selector({"ItemSelector": batcher.get("BatchInput")}),
    )


def compile_writer(writer: Fields, language: Language) -> Writer:
    """Compile a ResultWriter. Without a WriterConfig what it exports is as with NONE, what becomes the
    state's output as with COMPACT."""
    config = _object(writer.get("WriterConfig"))
    exports = "Resource" in writer
    given = str(config.get("Transformation", "NONE" if exports else "COMPACT"))
    arguments = _arguments(writer, language) if exports else None
    return Writer(arguments, TRANSFORMATIONS.get(given, "NONE"), config.get("OutputType") == "JSONL")


def _arguments(fields: Fields, language: Language) -> Select:
    given = {name: fields[name] for name in ("Parameters", "Arguments") if name in fields}
    return language.compile_input(given)


def _action(reader: Fields) -> str:
    return parse_resource(str(reader["Resource"])).action


def _object(value: JSON) -> Fields:
    return value if isinstance(value, dict) else {}
