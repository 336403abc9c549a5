/* The one translation unit of the runtime: what lifted programs, the injector and the tracer find in the bitcode. */
#include "helpers.h"
#include "memory.h"
#include "drain.h"
#include "tracer.h"

#include "find_object.c"
#include "rendezvous.c"
#include "return_thunk.c"
