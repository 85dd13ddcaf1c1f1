from symnet.codegen.module import compile_operation, function_source, generate, module_source

__all__ = ["compile_operation", "function_source", "generate", "module_source"]
