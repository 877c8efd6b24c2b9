"""Keys of a LiteLLM proxy that has no database.

KEYS_FILE names a JSON file, read again on every request, so that a limit can change while the proxy runs:
{"sk-a": {"max_parallel_requests": 2, "rpm_limit": 1000}}. The master key is an admin; any other key is refused.
"""
import json
import os

from litellm.proxy._types import LitellmUserRoles, UserAPIKeyAuth


async def user_api_key_auth(request, api_key: str) -> UserAPIKeyAuth:
    if api_key == os.environ["LITELLM_MASTER_KEY"]:
        return UserAPIKeyAuth(api_key=api_key, user_id="admin", user_role=LitellmUserRoles.PROXY_ADMIN)
    with open(os.environ["KEYS_FILE"]) as f:
        keys = json.load(f)
    if api_key in keys:
        return UserAPIKeyAuth(api_key=api_key, user_id="tester", **keys[api_key])
    if not api_key and request.url.path.startswith("/health"):
        return UserAPIKeyAuth()
    raise Exception("unknown key")
