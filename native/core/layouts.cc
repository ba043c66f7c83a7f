// Compiles the assertions of the generated layouts; nothing here is called.
#include "../generated/layouts.h"
