// Every scaling policy under one type, and the step that policies with a history take.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "scaling/policy/amax.h"
#include "scaling/policy/cscale.h"
#include "scaling/policy/current.h"
#include "scaling/policy/delayed.h"
#include "scaling/policy/entropy.h"
#include "scaling/policy/least_error.h"
#include "scaling/policy/mx.h"
#include "scaling/policy/nvfp4.h"
#include "scaling/policy/percentile.h"
#include "scaling/policy/unit.h"

namespace octavo::scaling {

using Policy = std::variant<Amax, Cscale, Current, Delayed, Fp8Lm, LeastError, Percentile, Entropy, Unit, Mx, Nvfp4>;

Needs needs(const Policy& policy);

/// True if the scale depends on the tensors of earlier steps.
bool has_history(const Policy& policy);

/// The scale that the policy gives a tensor without a past.
Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed);

/// The scale of one step of a tensor, which then joins its past. Policies without a history leave `past` as it is.
Scale step(const Policy& policy, const formats::Spec& format, const Observation& observed, AmaxHistory& past);

}  // namespace octavo::scaling
