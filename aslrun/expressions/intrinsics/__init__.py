"""The intrinsic functions of JSONPath states."""
