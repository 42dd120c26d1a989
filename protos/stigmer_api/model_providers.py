"""The providers of models, by their names in `provider:model`: their variables, addresses, extras.

The command, the backend and the pages read this table; it is cheap to import.
"""

from __future__ import annotations

from typing import Final, NamedTuple

NONE: Final = "(?!)"  # a pattern that nothing matches


class KnownProvider(NamedTuple):
    """What is known of one before anybody configures it.

    `keys` and `urls` are variables of a shell, of which the first counts that is set; `more` are others that
    say where to ask. `usual_url` is asked without any; empty: there is none. `extra` is what has to be
    installed (`stigmer-devloop[…]`), `library` the module that comes with it. `models` is how the names of
    its models begin, as a pattern, for those that are written without a provider. `keyless`: it is asked
    without a key, too. `account`: its credentials may be files in the home directory. `variant`: the provider
    whose settings it has.
    """

    name: str
    keys: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    usual_url: str = ""
    usual_model: str = ""
    extra: str = "openai"
    library: str = "openai"
    models: str = NONE
    more: tuple[str, ...] = ()
    keyless: bool = False
    account: bool = False
    variant: str = ""

    @property
    def family(self) -> str:
        """The name that STIGMER_LLM_PROVIDER and the file call its settings by."""
        return self.variant or self.name


CREDENTIALS: Final = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
    }
)  # of `more`
SCRIPTED: Final = "scripted"
LOCAL: Final = "local"  # a file with a model, on this machine
OLLAMA_URL: Final = "http://localhost:11434"
_AWS: Final = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
)


def _compatible(name: str, key: str, usual_url: str, *, extra: str = "openai") -> KnownProvider:
    """It speaks OpenAI's chat completions; the variable of its address is called as its key is."""
    url = f"{key.removesuffix('_API_KEY')}_BASE_URL"
    return KnownProvider(name, keys=(key,), urls=(url,), usual_url=usual_url, extra=extra)


_OPENAI: Final = KnownProvider(
    "openai",
    keys=("OPENAI_API_KEY",),
    urls=("OPENAI_BASE_URL",),
    usual_url="https://api.openai.com/v1",
    usual_model="gpt-4.1",
    models=r"gpt-\d|o\d",
)
_AZURE: Final = KnownProvider(
    "azure",
    keys=("AZURE_OPENAI_API_KEY",),
    urls=("AZURE_OPENAI_ENDPOINT",),
    extra="azure",
    more=("OPENAI_API_VERSION",),
)
_ALL: Final = (
    KnownProvider(
        "anthropic",
        keys=("ANTHROPIC_API_KEY",),
        urls=("ANTHROPIC_BASE_URL",),
        usual_url="https://api.anthropic.com",
        usual_model="claude-sonnet-4-5",
        extra="anthropic",
        library="anthropic",
        models="claude",
    ),
    _OPENAI,
    _OPENAI._replace(name="openai-chat", variant="openai", models=NONE),
    _OPENAI._replace(name="openai-responses", variant="openai", models=NONE),
    KnownProvider(
        "ollama",
        keys=("OLLAMA_API_KEY",),
        urls=("OLLAMA_BASE_URL", "OLLAMA_HOST"),
        usual_url=OLLAMA_URL,
        usual_model="qwen2.5-coder:7b",
        keyless=True,
    ),
    KnownProvider(LOCAL, usual_model="smollm2", extra="local-llm", library="xllamacpp", keyless=True),
    KnownProvider(SCRIPTED, usual_model=SCRIPTED, extra="", library="", keyless=True),
    KnownProvider(
        "google",
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        urls=("GOOGLE_GEMINI_BASE_URL",),
        usual_url="https://generativelanguage.googleapis.com",
        extra="google",
        library="google.genai",
        models="gemini-",
    ),
    KnownProvider(
        "google-cloud",
        keys=("GOOGLE_API_KEY",),
        urls=("GOOGLE_VERTEX_BASE_URL",),
        usual_url="https://aiplatform.googleapis.com",
        extra="google",
        library="google.genai",
        more=("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS"),
        account=True,
    ),
    KnownProvider(
        "bedrock",
        keys=("AWS_BEARER_TOKEN_BEDROCK",),
        urls=("AWS_ENDPOINT_URL_BEDROCK_RUNTIME",),
        extra="bedrock",
        library="boto3",
        more=_AWS,
        account=True,
    ),
    KnownProvider(
        "groq",
        keys=("GROQ_API_KEY",),
        urls=("GROQ_BASE_URL",),
        usual_url="https://api.groq.com",
        usual_model="openai/gpt-oss-120b",
        extra="groq",
        library="groq",
    ),
    KnownProvider(
        "mistral",
        keys=("MISTRAL_API_KEY",),
        urls=("MISTRAL_BASE_URL",),
        usual_url="https://api.mistral.ai",
        usual_model="mistral-large-latest",
        extra="mistral",
        library="mistralai",
        models="(open-)?mistral-|magistral-|codestral-",
    ),
    KnownProvider(
        "cohere",
        keys=("CO_API_KEY",),
        urls=("CO_BASE_URL", "CO_API_URL"),
        usual_url="https://api.cohere.com",
        extra="cohere",
        library="cohere",
        models="command-",
    ),
    KnownProvider(
        "xai",
        keys=("XAI_API_KEY",),
        urls=("XAI_API_HOST",),
        usual_url="https://api.x.ai/v1",
        extra="xai",
        library="xai_sdk",
        models="grok-",
    ),
    KnownProvider(
        "huggingface",
        keys=("HF_TOKEN",),
        urls=("HF_INFERENCE_BASE_URL",),
        usual_url="https://router.huggingface.co",
        extra="huggingface",
        library="huggingface_hub",
    ),
    _AZURE,
    _AZURE._replace(name="azure-responses", variant="azure"),
    _compatible("openrouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1", extra="openrouter"),
    _compatible("deepseek", "DEEPSEEK_API_KEY", "https://api.deepseek.com", extra="deepseek"),
    _compatible("cerebras", "CEREBRAS_API_KEY", "https://api.cerebras.ai/v1", extra="cerebras"),
    _compatible("together", "TOGETHER_API_KEY", "https://api.together.xyz/v1"),
    _compatible("fireworks", "FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1"),
    _compatible("moonshotai", "MOONSHOTAI_API_KEY", "https://api.moonshot.ai/v1"),
    _compatible("github", "GITHUB_API_KEY", "https://models.github.ai/inference"),
    _compatible("nebius", "NEBIUS_API_KEY", "https://api.studio.nebius.com/v1"),
    _compatible("ovhcloud", "OVHCLOUD_API_KEY", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1"),
    _compatible("sambanova", "SAMBANOVA_API_KEY", "https://api.sambanova.ai/v1"),
    _compatible("zai", "ZAI_API_KEY", "https://api.z.ai/api/paas/v4"),
    _compatible("crusoe", "CRUSOE_API_KEY", "https://api.inference.crusoecloud.com/v1"),
    _compatible("meta", "META_API_KEY", "https://api.meta.ai/v1"),
    KnownProvider(
        "heroku",
        keys=("HEROKU_INFERENCE_KEY",),
        urls=("HEROKU_INFERENCE_URL",),
        usual_url="https://us.inference.heroku.com",
    ),
    KnownProvider(
        "alibaba",
        keys=("ALIBABA_API_KEY", "DASHSCOPE_API_KEY"),
        urls=("ALIBABA_BASE_URL", "DASHSCOPE_BASE_URL"),
        usual_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    ),
    KnownProvider(
        "vercel",
        keys=("VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
        urls=("VERCEL_AI_GATEWAY_BASE_URL",),
        usual_url="https://ai-gateway.vercel.sh/v1",
    ),
    KnownProvider(
        "litellm",
        keys=("LITELLM_API_KEY",),
        urls=("LITELLM_BASE_URL", "LITELLM_API_BASE"),
        usual_url="http://localhost:4000",
        keyless=True,
    ),
    KnownProvider(
        "vllm",
        keys=("VLLM_API_KEY",),
        urls=("VLLM_BASE_URL",),
        usual_url="http://localhost:8000/v1",
        keyless=True,
    ),
)

KNOWN: Final = {each.name: each for each in _ALL}
PROVIDERS: Final = tuple(KNOWN)
VARIABLES: Final = frozenset(name for each in _ALL for name in (*each.keys, *each.urls, *each.more))
SECRETS: Final = frozenset(name for each in _ALL for name in each.keys) | {
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "STIGMER_LLM_API_KEY",
}


def nearest(word: str) -> str:
    """` (did you mean "anthropic"?)`, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, PROVIDERS, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""
